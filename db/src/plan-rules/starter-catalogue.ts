import type { MilestoneUnit, ProcedureMilestone } from './milestones.ts'
import type { Procedure } from './procedure.ts'

const implant = [
  step('Surgery', 'Chirurgie', 0, 'day'),
  step('Stitches removed', 'Retrait des points', 10, 'day'),
  step('Healing checked', 'Guérison vérifiée', 3, 'month'),
]
const onImplant = [
  step('Impression', 'Empreinte', 0, 'day'),
  step('Abutment placed', 'Pose du pilier', 2, 'week'),
  step('Crown placed', 'Pose de la couronne', 2, 'week'),
]
const graft = [
  step('Surgery', 'Chirurgie', 0, 'day'),
  step('Healing checked', 'Guérison vérifiée', 4, 'month'),
]
const crown = [
  step('Preparation and impression', 'Préparation et empreinte', 0, 'day'),
  step('Crown placed', 'Pose de la couronne', 2, 'week'),
]
const bridge = [
  step('Preparation and impression', 'Préparation et empreinte', 0, 'day'),
  step('Bridge placed', 'Pose du pont', 2, 'week'),
]
const guard = [
  step('Impressions', 'Empreintes', 0, 'day'),
  step('Guard delivered', 'Remise de la plaque', 2, 'week'),
]

/**
 * What a practice begins with: its own words and numbers, of no licensed code list. Fees are round examples that a
 * practice sets to its own; taxes are on what is done for looks alone.
 */
export const starterCatalogue: readonly Procedure[] = [
  line('EX-1', 'examination', 'mouth', 'item', 95, 'Complete examination', 'Examen complet'),
  line('EX-2', 'examination', 'mouth', 'item', 45, 'Recall examination', 'Examen de rappel'),
  line('EX-3', 'examination', 'mouth', 'item', 60, 'Emergency examination', 'Examen d’urgence'),
  line('IM-1', 'imaging', 'mouth', 'item', 85, 'Panoramic X-ray', 'Radiographie panoramique'),
  line('IM-2', 'imaging', 'mouth', 'item', 50, 'Two bitewing X-rays', 'Deux radiographies interproximales'),
  line('IM-3', 'imaging', 'teeth', 'item', 28, 'Periapical X-ray', 'Radiographie périapicale'),
  line('IM-4', 'imaging', 'arch', 'item', 260, 'Cone beam scan (CBCT)', 'Tomographie volumique (CBCT)'),
  line('PR-1', 'prevention', 'mouth', 'item', 120, 'Cleaning and polishing', 'Nettoyage et polissage'),
  line('PR-2', 'prevention', 'mouth', 'item', 35, 'Fluoride application', 'Application de fluorure'),
  line('PR-3', 'prevention', 'teeth', 'tooth', 42, 'Fissure sealant', 'Scellement de sillons'),
  line(
    'RE-1',
    'restoration',
    'surfaces',
    'item',
    165,
    'White filling, one surface',
    'Obturation blanche, une face',
  ),
  line(
    'RE-2',
    'restoration',
    'surfaces',
    'item',
    225,
    'White filling, two surfaces',
    'Obturation blanche, deux faces',
  ),
  line(
    'RE-3',
    'restoration',
    'surfaces',
    'item',
    285,
    'White filling, three surfaces',
    'Obturation blanche, trois faces',
  ),
  line('RE-4', 'restoration', 'teeth', 'tooth', 220, 'Core build-up', 'Reconstitution du moignon'),
  line(
    'EN-1',
    'endodontics',
    'teeth',
    'tooth',
    620,
    'Root canal, one canal',
    'Traitement de canal, un canal',
  ),
  line('EN-2', 'endodontics', 'teeth', 'tooth', 980, 'Root canal, molar', 'Traitement de canal, molaire'),
  line(
    'PE-1',
    'periodontics',
    'quadrant',
    'item',
    240,
    'Deep cleaning below the gum',
    'Surfaçage radiculaire',
  ),
  line('PE-2', 'periodontics', 'quadrant', 'item', 780, 'Gum surgery', 'Chirurgie parodontale'),
  line('PT-1', 'prosthetics', 'teeth', 'tooth', 1250, 'Ceramic crown', 'Couronne céramique', [], crown),
  line('PT-2', 'prosthetics', 'teeth', 'tooth', 1180, 'Bridge, each tooth', 'Pont, par dent', [], bridge),
  line('PT-3', 'prosthetics', 'arch', 'item', 1650, 'Partial denture', 'Prothèse partielle'),
  line('PT-4', 'prosthetics', 'arch', 'item', 1900, 'Complete denture', 'Prothèse complète'),
  line('SU-1', 'surgery', 'teeth', 'tooth', 190, 'Tooth removal', 'Extraction simple'),
  line('SU-2', 'surgery', 'teeth', 'tooth', 340, 'Surgical tooth removal', 'Extraction chirurgicale'),
  line(
    'SU-3',
    'surgery',
    'teeth',
    'tooth',
    420,
    'Removal of an impacted wisdom tooth',
    'Extraction d’une dent de sagesse incluse',
  ),
  line('IP-1', 'implants', 'teeth', 'tooth', 1950, 'Implant placement', 'Pose d’un implant', [], implant),
  line(
    'IP-2',
    'implants',
    'teeth',
    'tooth',
    1600,
    'Crown on an implant',
    'Couronne sur implant',
    [],
    onImplant,
  ),
  line('IP-3', 'implants', 'teeth', 'tooth', 650, 'Bone graft', 'Greffe osseuse', [], graft),
  line('OR-1', 'orthodontics', 'mouth', 'item', 320, 'Orthodontic records', 'Dossier orthodontique'),
  line('OR-2', 'orthodontics', 'arch', 'item', 2900, 'Fixed braces', 'Appareil fixe'),
  line('OR-3', 'orthodontics', 'mouth', 'item', 4800, 'Aligner treatment', 'Traitement par gouttières'),
  line('OR-4', 'orthodontics', 'arch', 'item', 350, 'Retainer', 'Contention'),
  line('ES-1', 'other', 'arch', 'item', 300, 'Tooth whitening', 'Blanchiment des dents', ['gst', 'qst']),
  line('ES-2', 'other', 'teeth', 'tooth', 950, 'Veneer for looks', 'Facette esthétique', ['gst', 'qst']),
  line('OT-1', 'other', 'mouth', 'item', 480, 'Night guard', 'Plaque occlusale', [], guard),
]

function line(
  code: string,
  category: Procedure['category'],
  site: Procedure['site'],
  per: Procedure['per'],
  dollars: number,
  en: string,
  fr: string,
  taxIds: string[] = [],
  milestones: ProcedureMilestone[] = [],
): Procedure {
  return { code, name: { en, fr }, category, site, per, feeCents: dollars * 100, taxIds, milestones }
}

function step(en: string, fr: string, count: number, unit: MilestoneUnit): ProcedureMilestone {
  return { name: { en, fr }, after: { count, unit } }
}
