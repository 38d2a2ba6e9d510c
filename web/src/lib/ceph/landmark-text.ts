import type { CephLandmark } from '@bitewing/db'
import { m } from '#paraglide/messages.js'

type Words = { label: string; name: () => string; where: () => string }

/** In the order in which they are asked for: how a landmark is marked, what it is called, and where it lies. */
const words = {
  S: { label: 'S', name: m.ceph_l_s, where: m.ceph_w_s },
  N: { label: 'N', name: m.ceph_l_n, where: m.ceph_w_n },
  Po: { label: 'Po', name: m.ceph_l_po, where: m.ceph_w_po },
  Or: { label: 'Or', name: m.ceph_l_or, where: m.ceph_w_or },
  ANS: { label: 'ANS', name: m.ceph_l_ans, where: m.ceph_w_ans },
  PNS: { label: 'PNS', name: m.ceph_l_pns, where: m.ceph_w_pns },
  A: { label: 'A', name: m.ceph_l_a, where: m.ceph_w_a },
  'U1-tip': { label: 'U1', name: m.ceph_l_u1_tip, where: m.ceph_w_u1_tip },
  'U1-apex': { label: 'U1r', name: m.ceph_l_u1_apex, where: m.ceph_w_u1_apex },
  'L1-tip': { label: 'L1', name: m.ceph_l_l1_tip, where: m.ceph_w_l1_tip },
  'L1-apex': { label: 'L1r', name: m.ceph_l_l1_apex, where: m.ceph_w_l1_apex },
  B: { label: 'B', name: m.ceph_l_b, where: m.ceph_w_b },
  Pm: { label: 'Pm', name: m.ceph_l_pm, where: m.ceph_w_pm },
  Pog: { label: 'Pog', name: m.ceph_l_pog, where: m.ceph_w_pog },
  Gn: { label: 'Gn', name: m.ceph_l_gn, where: m.ceph_w_gn },
  Me: { label: 'Me', name: m.ceph_l_me, where: m.ceph_w_me },
  Go: { label: 'Go', name: m.ceph_l_go, where: m.ceph_w_go },
  Ar: { label: 'Ar', name: m.ceph_l_ar, where: m.ceph_w_ar },
  R1: { label: 'R1', name: m.ceph_l_r1, where: m.ceph_w_r1 },
  R2: { label: 'R2', name: m.ceph_l_r2, where: m.ceph_w_r2 },
  R3: { label: 'R3', name: m.ceph_l_r3, where: m.ceph_w_r3 },
  R4: { label: 'R4', name: m.ceph_l_r4, where: m.ceph_w_r4 },
  Pn: { label: 'Pn', name: m.ceph_l_pn, where: m.ceph_w_pn },
  LL: { label: 'LL', name: m.ceph_l_ll, where: m.ceph_w_ll },
  'Pog-soft': { label: 'Pog′', name: m.ceph_l_pog_soft, where: m.ceph_w_pog_soft },
} as const satisfies Record<CephLandmark, Words>

/** All landmarks, in the order in which they are asked for. */
export const landmarks = Object.keys(words) as CephLandmark[] // its keys are landmarks

export function landmarkLabel(landmark: CephLandmark): string {
  return words[landmark].label
}
/** What people call it. */
export function landmarkName(landmark: CephLandmark): string {
  return words[landmark].name()
}
export function landmarkPlace(landmark: CephLandmark): string {
  return words[landmark].where()
}
