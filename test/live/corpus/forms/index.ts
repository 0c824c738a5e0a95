import { archiveForms } from './archives.js';
import { copyForms } from './copy.js';
import { editForms } from './edit.js';
import { nameForms } from './names.js';
import { viewForms } from './view.js';

/** The same behaviours in forms that the families do not have. */
export const forms = [...viewForms, ...archiveForms, ...copyForms, ...editForms, ...nameForms];
