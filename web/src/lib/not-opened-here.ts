/** Message of a shared page's 404 on a device that never opened its link; elsewhere the link has ended. */
export const notOpenedHere = 'link not opened here'
