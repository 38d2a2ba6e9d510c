/**
 * What a rendition says of itself once it has been saved to a disk: no diagnosis by it. It names nobody and no image.
 *
 * @see ISO 16684-1 (XMP), dc:description
 */
export const previewXmp =
  '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
  '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>' +
  '<rdf:li xml:lang="x-default">Preview, not for diagnosis</rdf:li>' +
  '<rdf:li xml:lang="fr">Aperçu, ne convient pas au diagnostic</rdf:li>' +
  '</rdf:Alt></dc:description></rdf:Description></rdf:RDF></x:xmpmeta>'
