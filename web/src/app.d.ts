import type { StaffSession } from '@bitewing/db'
import type { DoneEarly } from '#lib/do-early-again.ts'
import type { Locale } from '#lib/locale.ts'

declare global {
  interface Window {
    /** see app.html */
    doneEarly?: DoneEarly[]
    keepEarly?: (event: Event) => void
  }
  namespace App {
    interface Locals {
      /** names the request in the log and on error pages */
      requestId: string
      /** of the browser, as the gateway judged it */
      address: string
      locale: Locale
      /** read once per request in hooks.server.ts; `requireSession` is how pages reach it */
      session: StaffSession | null
      /** the page of a patient that is asked for, path and search; null for anything else, and for changes */
      patientPage: { patientId: string; path: string } | null
      /** what was asked for could not be read, as the database does not answer: see hooks.server.ts */
      databaseAway?: boolean
      /** the cookie's value; only for closing or moving the session */
      sessionCookie: string | null
    }
    interface Error {
      status: number
      message: string
      requestId?: string
    }
    interface PageState {
      /** SOP Instance UID of the image that the quick look shows */
      look?: string
    }
  }
}

export {}
