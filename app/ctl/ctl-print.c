/* kaipiaoctl print: notices and e-bills to one PDF. */
#include "kai-ctl.h"

#include "kai-printing.h"
#include "security/kai-ebill-file.h"
#include "store/kai-ebill-store.h"
#include "store/kai-notice-store.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>

static char *batch, *template_name, *pdf;

static const GOptionEntry print_entries[] = {
  { "batch", 0, 0, G_OPTION_ARG_STRING, &batch, N_ ("All of this batch"), "ID" },
  { "template", 0, 0, G_OPTION_ARG_STRING, &template_name,
    N_ ("Template; auto: the e-bill where there is one, else the notice"), "auto|NAME|FILE" },
  { "pdf", 0, 0, G_OPTION_ARG_FILENAME, &pdf, N_ ("PDF to write"), "FILE.pdf" },
  { NULL },
};

typedef struct
{
  KaiTemplate *notice, *ebill; /* owned */
  gboolean want_notice, want_ebill;
} Templates;

static gboolean
load_templates (Templates *templates, GError **error)
{
  const char *name = template_name ? template_name : "auto";
  gboolean automatic = g_str_equal (name, "auto");

  templates->want_ebill = automatic || g_str_equal (name, "ebill");
  templates->want_notice = !g_str_equal (name, "ebill");
  if (templates->want_ebill)
    {
      templates->ebill = kai_template_load ("ebill", error);
      if (!templates->ebill)
        return FALSE;
    }
  if (templates->want_notice)
    {
      templates->notice = kai_template_load (automatic ? "notice" : name, error);
      if (!templates->notice)
        return FALSE;
    }
  return TRUE;
}

/* NULL without error when the notice has no signed e-bill. */
static KaiPrintForm *
ebill_form (KaiCtl *ctl, const KaiNotice *notice, GError **error)
{
  g_autoptr (KaiEbillRecord) record = NULL;
  g_autoptr (KaiEbill) face = NULL;

  if (!notice->has_ebill || notice->ebill_sync != KAI_SYNC_ACCEPTED)
    return NULL;
  record = kai_ebill_store_find_by_notice (kai_desk_get_database (ctl->desk), notice->id, error);
  if (!record || !record->content)
    return NULL;
  face = kai_ebill_content_parse (record->content, error);
  return face ? kai_print_form_new_for_ebill (face, record->url) : NULL;
}

static gboolean
add_notice (KaiCtl *ctl, KaiPrintJob *job, const Templates *templates, const KaiNotice *notice,
            GError **error)
{
  KaiPrintForm *form = NULL;
  g_autofree char *url = NULL;
  g_autoptr (GError) local = NULL;

  if (templates->want_ebill)
    {
      form = ebill_form (ctl, notice, &local);
      if (local)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
    }
  if (form)
    {
      kai_print_job_add (job, templates->ebill, form);
      return TRUE;
    }
  if (!templates->want_notice)
    return kai_data_fail (error, KAI_DATA_ERROR_CONFLICT,
                          _ ("Notice %s has no e-bill yet. Swap it first, or print the notice."),
                          notice->payment_code);
  url = kai_desk_dup_pay_url (ctl->desk, notice);
  kai_print_job_add (job, templates->notice,
                     kai_print_form_new_for_notice (notice, kai_desk_get_unit (ctl->desk), url));
  return TRUE;
}

static GPtrArray *
collect_notices (KaiCtl *ctl, char **args, GError **error)
{
  KaiDatabase *db = kai_desk_get_database (ctl->desk);
  KaiNoticeFilter filter = { .state = -1, .batch_id = batch };
  g_autoptr (GPtrArray) notices = NULL;

  if (batch)
    {
      g_autoptr (GPtrArray) newest_first = kai_notice_store_list (db, &filter, error);

      if (!newest_first)
        return NULL;
      notices = kai_notices_new ();
      for (guint i = newest_first->len; i-- > 0;)
        g_ptr_array_add (notices, kai_notice_ref (newest_first->pdata[i]));
    }
  else
    {
      notices = kai_notices_new ();
      for (int i = 0; args[i]; i++)
        {
          KaiNotice *notice = kai_notice_store_find (db, args[i], error);

          if (!notice)
            return NULL;
          g_ptr_array_add (notices, notice);
        }
    }
  if (notices->len == 0)
    {
      kai_data_fail (error, KAI_DATA_ERROR_NOT_FOUND, _ ("There is no notice of batch %s here."),
                     batch);
      return NULL;
    }
  return g_steal_pointer (&notices);
}

static gboolean
print_all (KaiCtl *ctl, GPtrArray *notices, const Templates *templates, GError **error)
{
  g_autoptr (KaiPrintJob) job = kai_print_job_new (_ ("Payment notices and e-bills"));
  int pages;

  for (guint i = 0; i < notices->len; i++)
    if (!add_notice (ctl, job, templates, notices->pdata[i], error))
      return FALSE;
  if (!kai_print_job_write_pdf (job, pdf, &pages, error))
    return FALSE;
  kai_ctl_member_int (ctl, "pages", pages);
  kai_ctl_member_int (ctl, "forms", notices->len);
  kai_ctl_member (ctl, "pdf", pdf);
  kai_ctl_say (ctl, _ ("%d pages in %s"), pages, pdf);
  return TRUE;
}

static gboolean
run_print (KaiCtl *ctl, char **args, GError **error)
{
  Templates templates = { 0 };
  g_autoptr (GPtrArray) notices = NULL;
  gboolean ok;

  if (!pdf || (batch != NULL) == (args[0] != NULL))
    return kai_ctl_usage (error, _ ("Give payment codes or --batch ID, and --pdf FILE."));
  if (!kai_ctl_desk (ctl, error))
    return FALSE;
  notices = collect_notices (ctl, args, error);
  ok = notices && load_templates (&templates, error) && print_all (ctl, notices, &templates, error);
  g_clear_pointer (&templates.ebill, kai_template_free);
  g_clear_pointer (&templates.notice, kai_template_free);
  return ok;
}

static gboolean
run_templates (KaiCtl *ctl, char **args, GError **error)
{
  guint n;
  const KaiTemplateInfo *infos = kai_template_list (&n);

  kai_ctl_begin_array (ctl, "templates");
  for (guint i = 0; i < n; i++)
    {
      kai_ctl_begin_object (ctl);
      kai_ctl_member (ctl, "name", infos[i].name);
      kai_ctl_member (ctl, "title", _ (infos[i].title));
      kai_ctl_end_object (ctl);
      kai_ctl_say (ctl, "%s  %s", infos[i].name, _ (infos[i].title));
    }
  kai_ctl_end_array (ctl);
  return TRUE;
}

/* “print templates” comes first: “print” alone takes any word as a payment code. */
const KaiCtlCommand kai_ctl_print_commands[] = {
  { "print", "templates", "", N_ ("List the templates"), NULL, run_templates },
  { "print", NULL, "CODE…|--batch ID [--template T] --pdf FILE",
    N_ ("Print notices and e-bills to one PDF"), print_entries, run_print },
  { NULL },
};
