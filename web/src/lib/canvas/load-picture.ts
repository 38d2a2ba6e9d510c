/** A picture that can be drawn. @throws when it does not come or is none */
export async function loadPicture(url: string): Promise<HTMLImageElement> {
  const image = new Image()
  image.crossOrigin = 'anonymous' // a canvas can be read again only with what came from here, not by way of a CDN
  image.src = url
  await image.decode()
  return image
}
