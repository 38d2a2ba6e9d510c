/** Debian packages that the tests of this folder need: DCMTK judges nearly everything, GDCM and OpenJPEG what DCMTK cannot decode. */
export const pixelsTestPackages = ['dcmtk', 'libgdcm-tools', 'libopenjp2-tools']
