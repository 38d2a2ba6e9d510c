/**
 * What holds for teeth, fees and plans, without a database and without Node: the one part of this workspace that
 * browsers run too. Its files import nothing but each other (a test sees to it).
 */
export * from './teeth.ts'
export * from './surfaces.ts'
export * from './findings.ts'
export * from './plan-content.ts'
export * from './procedure.ts'
export * from './milestones.ts'
export { planOfTemplate, templateOf } from './plan-template.ts'
export { planTotals, itemQuantity, type ItemAmounts, type PlanTotals, type Sum } from './plan-totals.ts'
export { canonicalJson, type Json } from './canonical-json.ts'
export { comparePlans, type ItemChange, type PlanDifference } from './compare-plans.ts'
export { mergePlans, type PlanConflict } from './merge-plans.ts'
export { itemStates, nextItemStates, type ItemState } from './item-states.ts'
export { readCatalogue, type CatalogueProblem } from './read-catalogue.ts'
export { currencyDigits, sameNumber } from './currency-digits.ts'
export { readCents } from './read-cents.ts'
export { readPercent } from './read-percent.ts'
export { starterCatalogue } from './starter-catalogue.ts'
