/**
 * Extensions by the kind of file that they are known to belong to, in lower case and without the dot.
 *
 * Three groups are missing on purpose. Clients name a JPEG like any other raster picture, such as `me.heic`. Extensions
 * such as `bin`, `dat` and `tmp` say nothing about the content. Everyday words, such as `key`, `map` and `pages`, end the
 * names of real pictures.
 */
const KINDS = {
  programs:
    'aab apk appimage appx appxbundle bat cmd com command cpl crx deb dll dmg drv efi elf exe gadget ' +
    'hta ipa jar jnlp lnk msc msi msix msixbundle msp msu ocx pif pkg reg rpm scf scr sys url wasm webloc xap xpi',
  scripts:
    'applescript asa asax ascx ashx asmx asp aspx axd bash cfc cfm cfml cgi cjs csh cshtml fcgi js jse jsp jspa ' +
    'jspf jspx jsx ksh lua mjs phar php php2 php3 php4 php5 php6 php7 php8 phps pht phtm phtml pl ps1 ps1xml ' +
    'psd1 psm1 py pyc pyo pyw pyz rb scpt sct sh tcl ts tsx vb vbe vbhtml vbs wsc wsf wsh zsh',
  pages:
    'chm css dhtml dtd hlp htc htm html htt json mht mhtml rss shtm shtml stm swf xht xhtm xhtml xml xsd xsl ' +
    'xslt yaml yml',
  drawings: 'cdr dwg dxf emf emz eps epsf ps svg svgz vsd vsdx wmf wmz',
  documents:
    'accdb accde azw azw3 csv doc docb docm docx dotm dotx eml epub fodp fods fodt ics ini mdb mobi msg odf ' +
    'odg odp ods odt otp ots ott oxps pdf potm potx ppa ppam ppsm ppsx ppt pptm pptx rtf sldm sldx sql sqlite ' +
    'tex torrent txt vcf wpd wps xla xlam xls xlsb xlsm xlsx xlt xltm xltx xps',
  fonts: 'eot otf ttc ttf woff woff2',
  archives:
    '7z alz arj bz2 cab cpio gz iso lha lz lz4 lzh lzma rar sitx tar tbz tbz2 tgz txz tzst vhd vhdx vmdk war ' +
    'xz zip zipx zst',
  videos:
    '3g2 3gp 3gpp asf avi divx f4v flv m1v m2ts m2v m4v mkv mov mp4 mpe mpeg mpg mpv mts mxf ogm ogv rm rmvb ' +
    'vob webm wmv',
  sounds:
    'aac ac3 aif aifc aiff amr caf flac m3u m3u8 m4a m4b m4p mid midi mka mp2 mp3 oga ogg opus wav weba wma',
} as const;

/** Extensions of a name that cause a rejection, sorted. */
export const REJECTED_EXTENSIONS: readonly string[] = Object.values(KINDS)
  .flatMap((extensions) => extensions.split(' '))
  .sort();
