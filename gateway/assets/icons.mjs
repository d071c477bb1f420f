// The icons of Bootstrap Icons that templates may use; build.mjs makes one sprite of them.
export const icons = `
arrow-counterclockwise arrow-down arrow-left arrow-left-right arrow-right arrow-up bell bookmark box-arrow-right
box-arrow-up-right building calculator calendar3 cash-coin chat-left-text check-circle-fill check-lg chevron-down
chevron-left chevron-right chevron-up circle clock clock-history cloud-check cloud-slash download envelope
exclamation-circle-fill exclamation-diamond exclamation-triangle-fill eye eye-slash file-earmark-check
file-earmark-pdf file-earmark-text files filetype-csv filetype-xlsx funnel hand-index-thumb hourglass-split
info-circle key layout-three-columns link-45deg list-check lock magic paperclip pencil person person-vcard
pin-angle pin-angle-fill plus-circle plus-lg printer question-circle search send shield-check signpost-2 sliders
table text-left trash3 upload x-circle x-lg x-octagon-fill
`.trim().split(/\s+/);
