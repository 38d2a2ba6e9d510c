import sharp from 'sharp'
import { code, sopClass } from './dicom/codes.ts'
import { demoUid } from './dicom/demo-uid.ts'
import { toothCodes } from './dicom/tooth-codes.ts'
import type { DataSet } from './dicom/write-part10.ts'
import { writePart10 } from './dicom/write-part10.ts'
import type { DemoPatient, DemoStudy, ImageKind } from './patients.ts'
import { demoPatients, practice } from './patients.ts'
import { demoFindings, softwareReported } from './demo-software.ts'
import { fromTooth } from './phantom/dentition.ts'
import { createPhantom } from './phantom/phantom.ts'
import type { Phantom } from './phantom/phantom.ts'
import type { BitewingPart, Side } from './render/bitewing.ts'
import { renderArchModel } from './render/arch-model.ts'
import { bitewingGeometry, projectToBitewing, renderBitewing } from './render/bitewing.ts'
import { cbctGeometry, renderCbct, STORED_OFFSET } from './render/cbct.ts'
import { cephalogramGeometry, renderCephalogram } from './render/cephalogram.ts'
import { panoramicGeometry, renderPanoramic } from './render/panoramic.ts'
import type { PhotographView } from './render/photograph-camera.ts'
import { composedViews } from './render/photograph-camera.ts'
import { renderPhotograph } from './render/photograph.ts'
import { softwareReport } from './software-report.ts'

/** One instance of the demo. */
export type DemoInstance = {
  /** Key of the patient and of the study within the patient, as in `demoPatients`. */
  patientKey: string
  studyKey: string
  /** What it is, for progress messages: not translated. */
  label: string
  /** Relative path, unique in the demo; ASCII. */
  fileName: string
  sopInstanceUid: string
  studyInstanceUid: string
  /** The whole Part 10 file. */
  bytes: Uint8Array
}

/** A piece of work for one thread. */
export type RenderJob = {
  patientKey: string
  studyKey: string
  kind: ImageKind
  side?: Side
  part?: BitewingPart
  view?: PhotographView
  firstSlice?: number
  slices?: number
}

/** How far the jaws are apart: panoramic on a bite block, bitewing on its tab, CBCT on a bite wafer, photograph closed. */
export const gapMm: Record<ImageKind, number> = {
  panoramic: 5,
  cephalogram: 0,
  bitewings: 1.2,
  cbct: 2.5,
  photograph: 0,
  'intraoral-photographs': 0,
  models: 0,
}

/** Renders what the job names. Pure: the same job gives the same bytes. */
export async function renderJob(job: RenderJob): Promise<DemoInstance[]> {
  const patient = demoPatients.find((p) => p.key === job.patientKey)
  const study = patient?.studies.find((s) => s.key === job.studyKey)
  if (!patient || !study) throw new Error(`The demo has no study ${job.patientKey}/${job.studyKey}.`)
  const phantom = createPhantom(patient.dentition, study.phase, gapMm[job.kind])
  switch (job.kind) {
    case 'panoramic':
      return [panoramic(patient, study, phantom)]
    case 'cephalogram':
      return [cephalogram(patient, study, phantom)]
    case 'bitewings':
      return bitewings(patient, study, phantom, job.side ?? 'right', job.part ?? 'side')
    case 'cbct':
      return cbct(patient, study, phantom, job.firstSlice ?? 0, job.slices ?? cbctGeometry.slices)
    case 'photograph':
      return [await photograph(patient, study, phantom, 'front')]
    case 'models':
      return [archModel(patient, study, phantom, true), archModel(patient, study, phantom, false)]
    case 'intraoral-photographs':
      return [await photograph(patient, study, phantom, job.view ?? 'right-buccal')]
  }
}

const JAW_REGION = code('661005', 'Jaw region')

function instance(
  patient: DemoPatient,
  study: DemoStudy,
  series: string,
  number: number,
  dataSet: DataSet,
  label: string,
  fileName: string,
  encapsulated?: Parameters<typeof writePart10>[1],
): DemoInstance {
  const studyInstanceUid = demoUid(patient.key, study.key)
  const sopInstanceUid = demoUid(patient.key, study.key, series, number)
  const age = Math.floor((Number(study.date) - Number(patient.birthDate)) / 10000)
  const full: DataSet = {
    SpecificCharacterSet: 'ISO_IR 192',
    SOPInstanceUID: sopInstanceUid,
    InstanceCreationDate: study.date,
    InstanceCreationTime: study.time,
    StudyDate: study.date,
    SeriesDate: study.date,
    AcquisitionDate: study.date,
    ContentDate: study.date,
    StudyTime: study.time,
    SeriesTime: study.time,
    AcquisitionTime: study.time,
    ContentTime: study.time,
    AccessionNumber: study.accessionNumber,
    Manufacturer: 'Bitewing',
    InstitutionName: practice.name,
    InstitutionAddress: practice.address,
    ReferringPhysicianName: patient.referrer,
    PerformingPhysicianName: practice.dentist,
    OperatorsName: practice.operator,
    // Québec: daylight saving time from March to early November.
    TimezoneOffsetFromUTC:
      Number(study.date.slice(4)) > 310 && Number(study.date.slice(4)) < 1101 ? '-0400' : '-0500',
    StudyDescription: study.description,
    DeviceSerialNumber: 'PHANTOM-1',
    SoftwareVersions: 'dentition phantom 1',
    PatientName: patient.name,
    PatientID: patient.patientId,
    IssuerOfPatientID: practice.issuer,
    PatientBirthDate: patient.birthDate,
    PatientSex: patient.sex,
    PatientAge: `${String(age).padStart(3, '0')}Y`,
    StudyInstanceUID: studyInstanceUid,
    SeriesInstanceUID: demoUid(patient.key, study.key, series),
    StudyID: study.accessionNumber.slice(-9),
    InstanceNumber: number,
    AcquisitionNumber: 1,
    ImageComments: 'Computed from a phantom. Not a real patient.',
    ...dataSet,
  }
  return {
    patientKey: patient.key,
    studyKey: study.key,
    label,
    fileName: `${patient.patientId}/${study.key}/${fileName}.dcm`,
    sopInstanceUid,
    studyInstanceUid,
    bytes: writePart10(full, encapsulated),
  }
}

/** What the digital X-ray and the intraoral X-ray image share (PS3.3 §C.8.11.3). */
function projectionImage(
  image: { columns: number; rows: number; pixels: Uint16Array },
  bits: number,
): DataSet {
  return {
    PresentationIntentType: 'FOR PRESENTATION',
    ImageType: ['ORIGINAL', 'PRIMARY', ''],
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: image.rows,
    Columns: image.columns,
    BitsAllocated: 16,
    BitsStored: bits,
    HighBit: bits - 1,
    PixelRepresentation: 0,
    BurnedInAnnotation: 'NO',
    PixelIntensityRelationship: 'LOG',
    PixelIntensityRelationshipSign: 1,
    RescaleIntercept: 0,
    RescaleSlope: 1,
    RescaleType: 'US',
    PresentationLUTShape: 'IDENTITY',
    LossyImageCompression: '00',
    WindowCenter: 2 ** (bits - 1),
    WindowWidth: 2 ** bits,
    AcquisitionContextSequence: [],
    DetectorType: 'DIRECT',
    PixelData: image.pixels,
  }
}

function panoramic(patient: DemoPatient, study: DemoStudy, phantom: Phantom): DemoInstance {
  const g = panoramicGeometry
  return instance(
    patient,
    study,
    'panoramic',
    1,
    {
      ...projectionImage(renderPanoramic(phantom), 12),
      SOPClassUID: sopClass.digitalXRayForPresentation,
      Modality: 'PX',
      SeriesNumber: 1,
      SeriesDescription: study.language === 'fr' ? 'Panoramique' : 'Panoramic',
      ManufacturerModelName: 'Phantom Pan',
      StationName: 'PAN-1',
      BodyPartExamined: 'JAW',
      ImageLaterality: 'B',
      PatientOrientation: ['L', 'F'],
      AnatomicRegionSequence: [JAW_REGION],
      PositionerType: 'PANORAMIC',
      DetectorConfiguration: 'SLOT',
      KVP: 66,
      XRayTubeCurrent: 8,
      ExposureTime: 14000,
      Exposure: 112,
      ImagerPixelSpacing: [g.detectorPixelMm, g.detectorPixelMm],
      EstimatedRadiographicMagnificationFactor: g.magnification,
      PixelSpacing: [g.detectorPixelMm / g.magnification, g.detectorPixelMm / g.magnification],
      PixelSpacingCalibrationType: 'GEOMETRY',
      PixelSpacingCalibrationDescription: 'Sharp layer of the panoramic curve',
      WindowCenterWidthExplanation: 'Standard',
    },
    'panoramic',
    'panoramic',
  )
}

function cephalogram(patient: DemoPatient, study: DemoStudy, phantom: Phantom): DemoInstance {
  const g = cephalogramGeometry
  return instance(
    patient,
    study,
    'cephalogram',
    1,
    {
      ...projectionImage(renderCephalogram(phantom), 12),
      SOPClassUID: sopClass.digitalXRayForPresentation,
      Modality: 'DX',
      SeriesNumber: 7,
      SeriesDescription: study.language === 'fr' ? 'Téléradiographie de profil' : 'Lateral cephalogram',
      ManufacturerModelName: 'Phantom Ceph',
      StationName: 'PAN-1',
      BodyPartExamined: 'SKULL',
      ImageLaterality: 'U',
      PatientOrientation: ['A', 'F'],
      AnatomicRegionSequence: [code('69536005', 'Head')],
      PositionerType: 'CEPHALOSTAT',
      DetectorConfiguration: 'AREA',
      KVP: 77,
      XRayTubeCurrent: 10,
      ExposureTime: 500,
      Exposure: 5,
      // larger than life by a factor that the machine estimates: whoever measures divides by it
      ImagerPixelSpacing: [g.detectorPixelMm, g.detectorPixelMm],
      EstimatedRadiographicMagnificationFactor: g.magnification,
      WindowCenterWidthExplanation: 'Standard',
    },
    'lateral cephalogram',
    'cephalogram',
  )
}

/** Teeth of which the crown's middle and most of the crown lies within the picture, by FDI number. */
export function teethInBitewing(phantom: Phantom, side: Side, part: BitewingPart = 'side'): string[] {
  const g = bitewingGeometry
  return phantom.teeth
    .filter((tooth) => ['1', '4'].includes(tooth.fdi[0] ?? '') === (side === 'right'))
    .filter((tooth) => {
      const half = tooth.form.size.mesiodistal / 2
      return [-half * 0.4, half * 0.4].every((x) => {
        const { column, row } = projectToBitewing(
          phantom,
          side,
          fromTooth(tooth, x, 0, tooth.form.size.crown * 0.55),
          part,
        )
        return column > 0 && column < g.columns - 1 && row > 0 && row < g.rows - 1
      })
    })
    .map((tooth) => tooth.fdi)
    .sort()
}

/** A bitewing, and for one of them what software might report of it: computed from the phantom, no diagnosis. */
function bitewings(
  patient: DemoPatient,
  study: DemoStudy,
  phantom: Phantom,
  side: Side,
  part: BitewingPart,
): DemoInstance[] {
  const image = bitewing(patient, study, phantom, side, part)
  const { key, side: ofSide, part: ofPart } = softwareReported
  if (patient.key !== key || side !== ofSide || part !== ofPart) return [image]
  const report = softwareReport({
    image: {
      sopClassUid: sopClass.intraOralForPresentation,
      sopInstanceUid: image.sopInstanceUid,
      seriesInstanceUid: demoUid(patient.key, study.key, 'four-bitewings'),
      studyInstanceUid: image.studyInstanceUid,
    },
    software: softwareReported.software,
    findings: demoFindings(phantom),
  })
  return [
    image,
    instance(
      patient,
      study,
      'software-report',
      1,
      { ...report, SeriesNumber: 90, StationName: 'DEMO' },
      'report of software (demonstration)',
      'software-report',
    ),
  ]
}

function bitewing(
  patient: DemoPatient,
  study: DemoStudy,
  phantom: Phantom,
  side: Side,
  part: BitewingPart,
): DemoInstance {
  const g = bitewingGeometry
  const french = study.language === 'fr'
  const sideWord = side === 'right' ? (french ? 'droite' : 'right') : french ? 'gauche' : 'left'
  const partWord = {
    side: '',
    premolars: french ? ', prémolaires' : ', premolars',
    molars: french ? ', molaires' : ', molars',
  }[part]
  const word = sideWord + partWord
  return instance(
    patient,
    study,
    part === 'side' ? 'bitewings' : 'four-bitewings',
    (side === 'right' ? 1 : 2) + (part === 'premolars' ? 2 : 0),
    {
      ...projectionImage(renderBitewing(phantom, side, 1, part), 12),
      SOPClassUID: sopClass.intraOralForPresentation,
      Modality: 'IO',
      SeriesNumber: 2,
      SeriesDescription: french ? 'Interproximales' : 'Bitewings',
      ImageComments: `${french ? 'Interproximale' : 'Bitewing'} ${word}. Computed from a phantom. Not a real patient.`,
      ManufacturerModelName: 'Phantom Sensor 2',
      StationName: 'OP-2',
      BodyPartExamined: 'JAW',
      ImageLaterality: side === 'right' ? 'R' : 'L',
      // Seen from the cheek: on the right side the columns run to the front, on the left to the back.
      PatientOrientation: [side === 'right' ? 'A' : 'P', 'F'],
      AnatomicRegionSequence: [JAW_REGION],
      PrimaryAnatomicStructureSequence: teethInBitewing(phantom, side, part).flatMap((fdi) => {
        const tooth = toothCodes[fdi]
        return tooth ? [code(tooth.code, tooth.meaning)] : []
      }),
      PositionerType: 'NONE',
      DetectorConfiguration: 'AREA',
      KVP: 65,
      XRayTubeCurrent: 7,
      ExposureTime: 100,
      ImagerPixelSpacing: [g.detectorPixelMm, g.detectorPixelMm],
      EstimatedRadiographicMagnificationFactor: g.magnification,
      PixelSpacing: [g.detectorPixelMm, g.detectorPixelMm],
      WindowCenterWidthExplanation: 'Standard',
    },
    `bitewing ${side}${part === 'side' ? '' : ` ${part}`}`,
    `bitewing-${side}${part === 'side' ? '' : `-${part}`}`,
  )
}

/** PS3.3 §A.85.1; the unit of its coordinates by CID 7063. */
function archModel(patient: DemoPatient, study: DemoStudy, phantom: Phantom, upper: boolean): DemoInstance {
  const french = study.language === 'fr'
  const title = upper
    ? french
      ? 'Arcade supérieure'
      : 'Upper arch'
    : french
      ? 'Arcade inférieure'
      : 'Lower arch'
  return instance(
    patient,
    study,
    upper ? 'model-upper' : 'model-lower',
    1,
    {
      SOPClassUID: sopClass.encapsulatedStl,
      Modality: 'M3D',
      SeriesNumber: upper ? 6 : 7,
      SeriesDescription: title,
      ManufacturerModelName: 'Phantom Scan',
      StationName: 'SCAN-1',
      BodyPartExamined: 'JAW',
      FrameOfReferenceUID: demoUid(patient.key, study.key, 'occlusion'),
      PositionReferenceIndicator: null,
      AnatomicRegionSequence: [upper ? code('70925003', 'Maxilla') : code('91609006', 'Mandible')],
      ConceptNameCodeSequence: [],
      BurnedInAnnotation: 'NO',
      DocumentTitle: title,
      MIMETypeOfEncapsulatedDocument: 'model/stl',
      MeasurementUnitsCodeSequence: [code('mm', 'mm', 'UCUM')],
      ModelModification: 'NO',
      ModelMirroring: 'NO',
      EncapsulatedDocument: renderArchModel(phantom, upper),
    },
    `model, ${upper ? 'upper' : 'lower'} arch`,
    `model-${upper ? 'upper' : 'lower'}`,
  )
}

function cbct(
  patient: DemoPatient,
  study: DemoStudy,
  phantom: Phantom,
  first: number,
  count: number,
): DemoInstance[] {
  const g = cbctGeometry
  return renderCbct(phantom, first, count).map((pixels, i) => {
    const number = first + i + 1
    const z = g.origin[2] + (first + i) * g.voxelMm
    return instance(
      patient,
      study,
      'cbct',
      number,
      {
        SOPClassUID: sopClass.ct,
        Modality: 'CT',
        ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
        SeriesNumber: 3,
        SeriesDescription: study.language === 'fr' ? 'CBCT maxillaires 0,4 mm' : 'CBCT jaws 0.4 mm',
        ManufacturerModelName: 'Phantom CBCT',
        StationName: 'CBCT-1',
        BodyPartExamined: 'JAW',
        PatientPosition: 'HFS',
        FrameOfReferenceUID: demoUid(patient.key, study.key, 'frame-of-reference'),
        PositionReferenceIndicator: null,
        ImagePositionPatient: [g.origin[0], g.origin[1], z],
        ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
        PatientOrientation: ['L', 'P'],
        SliceLocation: z,
        SliceThickness: g.voxelMm,
        PixelSpacing: [g.voxelMm, g.voxelMm],
        DataCollectionDiameter: g.columns * g.voxelMm,
        ReconstructionDiameter: g.columns * g.voxelMm,
        GantryDetectorTilt: 0,
        ConvolutionKernel: 'STANDARD',
        KVP: 90,
        XRayTubeCurrent: 8,
        ExposureTime: 12000,
        Exposure: 96,
        SamplesPerPixel: 1,
        PhotometricInterpretation: 'MONOCHROME2',
        Rows: g.rows,
        Columns: g.columns,
        BitsAllocated: 16,
        BitsStored: 12,
        HighBit: 11,
        PixelRepresentation: 0,
        BurnedInAnnotation: 'NO',
        LossyImageCompression: '00',
        RescaleIntercept: -STORED_OFFSET,
        RescaleSlope: 1,
        RescaleType: 'HU',
        WindowCenter: [800, 300],
        WindowWidth: [3600, 1500],
        WindowCenterWidthExplanation: [
          study.language === 'fr' ? 'Os et dents' : 'Bone and teeth',
          study.language === 'fr' ? 'Tissus mous' : 'Soft tissue',
        ],
        PixelData: pixels,
      },
      `CBCT slice ${number}`,
      `cbct/${String(number).padStart(3, '0')}`,
    )
  })
}

/** CP-1570's codes of each view: IV07, IV01, IV18, and IV25 and IV27, which are taken in a mirror and turned back. */
const photographCodes: Record<PhotographView, DataSet> = {
  front: {
    PatientOrientation: ['L', 'F'],
    PrimaryAnatomicStructureSequence: [code('74262004', 'Oral cavity')],
    ViewCodeSequence: [code('399033003', 'Frontal projection')],
    AcquisitionContextSequence: inOcclusion(),
  },
  'right-buccal': {
    PatientOrientation: ['A', 'F'],
    PrimaryAnatomicStructureSequence: [buccal('24028007', 'Right')],
    ViewCodeSequence: [code('399198007', 'Right lateral projection')],
    AcquisitionContextSequence: inOcclusion(),
  },
  'left-buccal': {
    PatientOrientation: ['P', 'F'],
    PrimaryAnatomicStructureSequence: [buccal('7771000', 'Left')],
    ViewCodeSequence: [code('399173006', 'Left lateral projection')],
    AcquisitionContextSequence: inOcclusion(),
  },
  'upper-occlusal': {
    PatientOrientation: ['L', 'P'],
    PrimaryAnatomicStructureSequence: [code('39481002', 'Maxillary dental arch')],
    ...inMirror(),
  },
  'lower-occlusal': {
    PatientOrientation: ['L', 'A'],
    PrimaryAnatomicStructureSequence: [code('88176008', 'Mandibular dental arch')],
    ...inMirror(),
  },
}

function inOcclusion(): DataSet[] {
  return [
    {
      ValueType: 'CODE',
      ConceptNameCodeSequence: [code('25272006', 'Dental occlusion')],
      ConceptCodeSequence: [code('110320000', 'Centric occlusion')],
    },
  ]
}
function buccal(side: string, meaning: string): DataSet {
  return {
    ...code('261063000', 'Buccal space'),
    PrimaryAnatomicStructureModifierSequence: [code(side, meaning)],
  }
}
function inMirror(): DataSet {
  return {
    DeviceSequence: [code('47162009', 'Mirror, device')],
    ViewCodeSequence: [
      {
        ...code('260499007', 'Occlusal projection'),
        ViewModifierCodeSequence: [code('787610003', 'Mirrored photo image intraoral corrected')],
      },
    ],
    AcquisitionContextSequence: [],
  }
}

async function photograph(
  patient: DemoPatient,
  study: DemoStudy,
  phantom: Phantom,
  view: PhotographView,
): Promise<DemoInstance> {
  // two thirds of the size: five views of a visit take the time of three
  const { columns, rows, rgb } = renderPhotograph(phantom, view === 'front' ? 1 : 1.5, view)
  const jpeg = await sharp(rgb, { raw: { width: columns, height: rows, channels: 3 } })
    .jpeg({ quality: 92, progressive: false, optimiseCoding: true })
    .toBuffer()
  return instance(
    patient,
    study,
    'photographs',
    composedViews.findIndex((each) => each === view) + 2, // the frontal view is the first
    {
      SOPClassUID: sopClass.vlPhotographic,
      Modality: 'XC',
      ImageType: ['ORIGINAL', 'PRIMARY'],
      SeriesNumber: 4,
      SeriesDescription: study.language === 'fr' ? 'Photographies intraorales' : 'Intraoral photographs',
      ManufacturerModelName: 'Phantom Camera',
      StationName: 'PHOTO-1',
      BodyPartExamined: 'MOUTH',
      ImageLaterality: 'U',
      AnatomicRegionSequence: [code('123851003', 'Mouth region')],
      ...photographCodes[view],
      SamplesPerPixel: 3,
      PhotometricInterpretation: 'YBR_FULL_422',
      PlanarConfiguration: 0,
      Rows: rows,
      Columns: columns,
      BitsAllocated: 8,
      BitsStored: 8,
      HighBit: 7,
      PixelRepresentation: 0,
      BurnedInAnnotation: 'NO',
      ColorSpace: 'SRGB',
      LossyImageCompression: '01',
      LossyImageCompressionRatio: Number((rgb.length / jpeg.length).toFixed(2)),
      LossyImageCompressionMethod: 'ISO_10918_1',
    },
    `photograph, ${view === 'front' ? 'frontal' : view}`,
    `photograph-${view === 'front' ? 'frontal' : view}`,
    { transferSyntaxUid: '1.2.840.10008.1.2.4.50', fragment: jpeg },
  )
}
