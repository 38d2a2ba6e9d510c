/** OHIF's settings for this system, as the script `app-config.js` that its page loads before itself. */
export function appConfigScript({ signInPath }: { signInPath: string }): string {
  // OHIF resolves addresses itself and wants absolute ones here and there, so the page's own origin goes in.
  return `const dicomWebUrl = window.location.origin + '/dicom-web'

// The practice app links with ?lng=, which OHIF reads too.
const language = new URLSearchParams(window.location.search).get('lng')
if (language === 'en' || language === 'fr') document.documentElement.lang = language

window.config = {
  ...${JSON.stringify(settings, null, 2)},

  dataSources: [
    {
      namespace: '@ohif/extension-default.dataSourcesModule.dicomweb',
      sourceName: 'bitewing',
      configuration: {
        ...${JSON.stringify(dataSource, null, 2)},
        qidoRoot: dicomWebUrl,
        wadoRoot: dicomWebUrl,
        wadoUriRoot: window.location.origin + '/wado',
      },
    },
  ],

  whiteLabeling: {
    createLogoComponentFn: (React) =>
      React.createElement(
        'a',
        { href: '/', rel: 'home', className: 'text-foreground text-lg font-semibold no-underline px-2' },
        'Bitewing',
      ),
  },

  // A session that has ended cannot show anything: sign in and come back to the same study. OHIF goes on
  // to a page of its own right after this, which would stop a navigation that began at once.
  httpErrorHandler: (error) => {
    if (error.status !== 401 || window.bitewingLeaves) return
    window.bitewingLeaves = true
    const here = window.location.pathname + window.location.search
    setTimeout(() => window.location.replace(${JSON.stringify(signInPath)} + '?next=' + encodeURIComponent(here)))
  },
}
`
}

const settings = {
  name: 'bitewing',
  routerBasename: '/viewer',
  // With the empty route the one mode we offer opens at /viewer?StudyInstanceUIDs=… itself.
  modesConfiguration: { '@ohif/mode-longitudinal': { routeName: { $set: '' } } },
  extensions: [],
  modes: [],
  customizationService: {},
  defaultDataSourceName: 'bitewing',
  // Patients and studies are listed by the practice app, which knows who may see which.
  showStudyList: false,
  // A report is opened in order to see what it measures: without asking first, which hides what arrows say until the answer.
  disableConfirmationPrompts: true,
  investigationalUseDialog: { option: 'never' },
  showErrorDetails: 'production',
  showLoadingIndicator: true,
  showWarningMessageForCrossOrigin: false,
  showCPUFallbackMessage: true,
  strictZSpacingForVolumeViewport: true,
  allowMultiSelectExport: false,
  maxNumberOfWebWorkers: 3,
  // HTTP/1.1 gives a browser six connections to an origin; more requests only wait in its queue.
  maxNumRequests: { interaction: 100, thumbnail: 5, prefetch: 6 },
}

const dataSource = {
  friendlyName: 'Bitewing',
  name: 'bitewing',
  qidoSupportsIncludeField: true,
  supportsFuzzyMatching: true,
  supportsWildcard: true,
  supportsReject: false,
  supportsStow: true,
  dicomUploadEnabled: false,
  enableStudyLazyLoad: true,
  imageRendering: 'wadors',
  thumbnailRendering: 'thumbnail',
  thumbnailRequestStrategy: 'fetch',
  singlepart: 'bulkdata,video',
  bulkDataURI: { enabled: true },
  // RFC 2387 asks for quotes around a type that has a slash in it.
  omitQuotationForMultipartRequest: false,
}
