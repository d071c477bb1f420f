// What the pages do beyond plain links and forms. Each module starts itself on markup that asks for it by data attributes,
// and again on what htmx brings in. The pages work without any of it.
import "./htmx-setup.js";
import { startArticleLookup } from "./article-lookup.js";
import { startCombobox } from "./combobox.js";
import { startControlTotals } from "./control-totals.js";
import { startDerivedFields } from "./derived-fields.js";
import { startDialogs } from "./dialogs.js";
import { startDrafts } from "./drafts.js";
import { startFields } from "./fields.js";
import { startFileDrop } from "./file-drop.js";
import { startInvoiceForm } from "./invoice-form.js";
import { startKeys } from "./keys.js";
import { startNavigation } from "./navigation.js";
import { startRows } from "./rows.js";
import { startSession } from "./session.js";
import { startSmarttab } from "./smarttab.js";
import { startSubmitGuard } from "./submit-guard.js";
import { startToasts } from "./toasts.js";
import { startUnsaved } from "./unsaved.js";

for (const start of [
  startNavigation, startSubmitGuard, startKeys, startFields, startRows, startDialogs, startUnsaved, startDrafts, startCombobox, startArticleLookup, startInvoiceForm, startSmarttab, startDerivedFields, startControlTotals,
  startFileDrop, startToasts, startSession,
]) start();
