/**
 * A picture that can be drawn.
 *
 * @param meanwhile address of a smaller one, where the original of the other may lie in the archive
 * @throws when it does not come or is none
 */
export async function loadPicture(url: string, meanwhile?: string): Promise<HTMLImageElement> {
  const image = new Image()
  image.crossOrigin = 'anonymous' // a canvas can be read again only with what came from here, not by way of a CDN
  image.src = url
  try {
    await image.decode()
  } catch (error) {
    if (meanwhile === undefined) throw error
    return loadPicture(meanwhile)
  }
  return image
}
