import type { OpenAccess } from '@bitewing/db'
import type { Context } from 'hono'
import { GatewayError } from './errors.ts'
import type { AllowedEnv } from './gateway-env.ts'
import { parseRenderedQuery } from './renditions/parse-rendered-query.ts'
import { presentedAnswer } from './renditions/presented-answer.ts'
import { isApplicableState, presents } from './renditions/presented-frames.ts'
import { isImageType } from './renditions/rendered-accept.ts'
import { renderedAnswer, renderedTypesOf, type RenderedPorts } from './renditions/rendered-answer.ts'
import type { HeldInstance } from './study-index/find-instance.ts'
import { retrieveInstances } from './wado/retrieve-instances.ts'
import { retrievedOne } from './wado/retrieved.ts'
import type { WadoDependencies } from './wado/wado-routes.ts'

/** What WADO-URI needs of the two features behind WADO-RS, which do not know of each other. */
export function singleInstance(features: WadoDependencies & RenderedPorts) {
  return {
    renderedTypes: renderedTypesOf,
    retrieve: (
      c: Context<AllowedEnv>,
      held: HeldInstance,
      transferSyntax: string | null,
      access: OpenAccess,
    ): Promise<Response> => {
      const alone = { type: 'application/dicom', multipart: false, transferSyntax, preference: 1 }
      return retrieveInstances(c, features, retrievedOne(held), [alone], true, access)
    },
    render: (
      c: Context<AllowedEnv>,
      held: HeldInstance,
      frame: number,
      wanted: string,
      parameters: URLSearchParams,
      access: OpenAccess,
      state: HeldInstance | null,
    ): Promise<Response> => {
      const type = renderedTypesOf(held).find((one) => one === wanted)
      if (!type) throw new GatewayError('not-acceptable', 'This instance has no such rendering.')
      const query = parseRenderedQuery(parameters)
      if (!state) return renderedAnswer(c, features, held, frame, type, query, access)
      if (!isApplicableState(state) || !presents(state, held, frame) || !isImageType(type)) {
        throw new GatewayError('invalid-parameter', 'presentationUID is not of a state for this image.')
      }
      return presentedAnswer(c, features, state, { held, frame }, type, query, access)
    },
  }
}
