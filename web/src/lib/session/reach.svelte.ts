/** Whether the server answers; `away` while requests of this page are waiting for it. */
class Reach {
  away = $state(false)
}
export const reach = new Reach()
