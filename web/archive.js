/*
 * archive: null, for a page that has a server. `scoreboardctl export` puts another file in this one's
 * place: {madeAt}, in milliseconds. Then the boards are final and lie in archive/ beside the page, and
 * nobody tells of others.
 */
export const archive = null;
