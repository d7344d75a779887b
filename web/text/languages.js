/* languages: those that the page speaks, each in a file of its own. */
export const languages = ["de", "en", "es", "fr", "ja", "ko", "pt", "zh"];
