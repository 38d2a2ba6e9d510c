import { code, sopClass } from './dicom/codes.ts'
import { demoUid } from './dicom/demo-uid.ts'
import { toothCodes } from './dicom/tooth-codes.ts'
import { writePart10, type DataSet } from './dicom/write-part10.ts'

export type ReportedFinding = {
  /** a coded entry: what was found */
  finding: DataSet
  /** FDI */
  tooth: string
  /** in words, as the software would say it: `mesial surface` */
  surface?: string
  /** 0 to 1 */
  confidence: number
  /** column and row in turn, in pixels from the image's upper left corner */
  outline: { type: 'POLYLINE' | 'POINT' | 'CIRCLE' | 'ELLIPSE'; points: readonly number[] }
  remark?: string
}

type Report = {
  image: {
    sopClassUid: string
    sopInstanceUid: string
    seriesInstanceUid: string
    studyInstanceUid: string
  }
  software: { name: string; version: string; maker: string }
  findings: readonly ReportedFinding[]
}

/**
 * What software found on an image, as it would send it: a Measurement Report whose observer is a device, with the
 * algorithm's name and version, and a Measurement Group for each finding.
 *
 * @returns the part of the data set that patient, study and general series are not in
 * @see DICOM PS3.16 TID 1500, TID 1410, TID 1004, TID 4019; PS3.3 §A.35.3; IHE RAD AI Results
 */
export function softwareReport({ image, software, findings }: Report): DataSet {
  const reference = {
    ReferencedSOPClassUID: image.sopClassUid,
    ReferencedSOPInstanceUID: image.sopInstanceUid,
  }
  const dcm = (value: string, meaning: string) => code(value, meaning, 'DCM')
  const seen: DataSet = {
    RelationshipType: 'SELECTED FROM',
    ValueType: 'IMAGE',
    ReferencedSOPSequence: [reference],
  }
  const group = (found: ReportedFinding, index: number): DataSet =>
    container(dcm('125007', 'Measurement Group'), [
      text('HAS OBS CONTEXT', dcm('112039', 'Tracking Identifier'), `finding ${index + 1}`),
      {
        RelationshipType: 'HAS OBS CONTEXT',
        ValueType: 'UIDREF',
        ConceptNameCodeSequence: [dcm('112040', 'Tracking Unique Identifier')],
        UID: demoUid('finding', image.sopInstanceUid, software.name, software.version, index),
      },
      coded('CONTAINS', dcm('121071', 'Finding'), found.finding),
      coded('HAS CONCEPT MOD', code('363698007', 'Finding Site'), toothCode(found.tooth), [
        ...(found.surface === undefined
          ? []
          : [
              coded(
                'HAS CONCEPT MOD',
                code('106233006', 'Topographical modifier'),
                code('surface', found.surface, '99SURFACE'),
              ),
            ]),
      ]),
      {
        RelationshipType: 'CONTAINS',
        ValueType: 'SCOORD',
        ConceptNameCodeSequence: [dcm('111030', 'Image Region')],
        GraphicData: found.outline.points,
        GraphicType: found.outline.type,
        ContentSequence: [seen],
      },
      {
        RelationshipType: 'CONTAINS',
        ValueType: 'NUM',
        ConceptNameCodeSequence: [dcm('111012', 'Certainty of Finding')],
        MeasuredValueSequence: [
          {
            MeasurementUnitsCodeSequence: [code('%', 'Percent', 'UCUM')],
            NumericValue: Math.round(found.confidence * 100),
          },
        ],
      },
      ...(found.remark === undefined ? [] : [text('CONTAINS', dcm('121106', 'Comment'), found.remark)]),
    ])
  return {
    SOPClassUID: sopClass.comprehensiveSr,
    Modality: 'SR',
    Manufacturer: software.maker,
    ManufacturerModelName: software.name,
    SoftwareVersions: software.version,
    SeriesDescription: `Findings of software: ${software.name}`.slice(0, 64),
    ReferencedPerformedProcedureStepSequence: [],
    PerformedProcedureCodeSequence: [],
    CurrentRequestedProcedureEvidenceSequence: [
      {
        StudyInstanceUID: image.studyInstanceUid,
        ReferencedSeriesSequence: [
          { SeriesInstanceUID: image.seriesInstanceUid, ReferencedSOPSequence: [reference] },
        ],
      },
    ],
    CompletionFlag: 'COMPLETE',
    VerificationFlag: 'UNVERIFIED',
    ContributingEquipmentSequence: [
      {
        Manufacturer: software.maker,
        ManufacturerModelName: software.name,
        SoftwareVersions: software.version,
        PurposeOfReferenceCodeSequence: [dcm('109102', 'Processing Equipment')],
      },
    ],
    ValueType: 'CONTAINER',
    ConceptNameCodeSequence: [dcm('126000', 'Imaging Measurement Report')],
    ContinuityOfContent: 'SEPARATE',
    ContentTemplateSequence: [{ MappingResource: 'DCMR', TemplateIdentifier: '1500' }],
    ContentSequence: [
      coded(
        'HAS CONCEPT MOD',
        dcm('121049', 'Language of Content Item and Descendants'),
        code('en', 'English', 'RFC5646'),
      ),
      coded('HAS OBS CONTEXT', dcm('121005', 'Observer Type'), dcm('121007', 'Device')),
      {
        RelationshipType: 'HAS OBS CONTEXT',
        ValueType: 'UIDREF',
        ConceptNameCodeSequence: [dcm('121012', 'Device Observer UID')],
        UID: demoUid('device', software.name, software.version),
      },
      text('HAS OBS CONTEXT', dcm('121013', 'Device Observer Name'), software.name),
      text('HAS OBS CONTEXT', dcm('121014', 'Device Observer Manufacturer'), software.maker),
      coded('HAS CONCEPT MOD', dcm('121058', 'Procedure reported'), code('363679005', 'Imaging')),
      container(dcm('111028', 'Image Library'), [
        container(dcm('126200', 'Image Library Group'), [
          { RelationshipType: 'CONTAINS', ValueType: 'IMAGE', ReferencedSOPSequence: [reference] },
        ]),
      ]),
      container(dcm('126010', 'Imaging Measurements'), [
        text('HAS CONCEPT MOD', dcm('111001', 'Algorithm Name'), software.name),
        text('HAS CONCEPT MOD', dcm('111003', 'Algorithm Version'), software.version),
        ...findings.map(group),
      ]),
    ],
  }
}

/** The same as a whole DICOM file of a patient's study. */
export function softwareReportFile(
  of: { patientName: string; patientId: string; patientBirthDate: string; patientSex: string; date: string },
  report: Report,
): Uint8Array {
  const { image, software } = report
  const uid = (what: string) => demoUid(what, image.sopInstanceUid, software.name, software.version)
  return writePart10({
    SpecificCharacterSet: 'ISO_IR 192',
    SOPInstanceUID: uid('report'),
    StudyDate: of.date,
    StudyTime: '101500',
    ContentDate: of.date,
    ContentTime: '101600',
    AccessionNumber: null,
    ReferringPhysicianName: null,
    PatientName: of.patientName,
    PatientID: of.patientId,
    PatientBirthDate: of.patientBirthDate,
    PatientSex: of.patientSex,
    StudyInstanceUID: image.studyInstanceUid,
    SeriesInstanceUID: uid('series'),
    StudyID: null,
    SeriesNumber: 90,
    InstanceNumber: 1,
    ...softwareReport(report),
  })
}

function container(concept: DataSet, content: DataSet[]): DataSet {
  return {
    RelationshipType: 'CONTAINS',
    ValueType: 'CONTAINER',
    ConceptNameCodeSequence: [concept],
    ContinuityOfContent: 'SEPARATE',
    ContentSequence: content,
  }
}

function text(relationship: string, concept: DataSet, value: string): DataSet {
  return {
    RelationshipType: relationship,
    ValueType: 'TEXT',
    ConceptNameCodeSequence: [concept],
    TextValue: value,
  }
}

function coded(relationship: string, concept: DataSet, value: DataSet, content: DataSet[] = []): DataSet {
  return {
    RelationshipType: relationship,
    ValueType: 'CODE',
    ConceptNameCodeSequence: [concept],
    ConceptCodeSequence: [value],
    ...(content.length > 0 ? { ContentSequence: content } : {}),
  }
}

function toothCode(tooth: string): DataSet {
  const known = toothCodes[tooth]
  return known ? code(known.code, known.meaning) : code(tooth, `Tooth ${tooth}`, 'FDI')
}
