type Attribute = { vr: string; Value?: unknown[] }
type Attributes = Record<string, Attribute>

/**
 * Attributes of the DICOM JSON Model as text, their tags ascending at every level as PS3.18 F.2.2 asks:
 * `JSON.stringify` would list tags that look like array indices (20500020, 60000010) before all others.
 */
export function dicomJsonText(attributes: Attributes): string {
  const text = JSON.stringify(attributes)
  // inside a value the quotes would be escaped
  return /"[1-9]\d{7}":\{/.test(text) ? ordered(attributes) : text
}

function ordered(attributes: Attributes): string {
  const tags = Object.keys(attributes).sort()
  return `{${tags.map((tag) => `"${tag}":${attributeText(attributes[tag])}`).join(',')}}`
}

function attributeText(attribute: Attribute | undefined): string {
  if (attribute?.vr !== 'SQ' || !attribute.Value) return JSON.stringify(attribute)
  const items = attribute.Value.map((item) => ordered((item ?? {}) as Attributes)) // SQ holds data sets
  return `{"vr":"SQ","Value":[${items.join(',')}]}`
}
