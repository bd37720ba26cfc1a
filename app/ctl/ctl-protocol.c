/* kaipiaoctl protocol: what those who connect another program need, made from the catalogue and the site's file. Needs neither store nor key nor connection. */
#include "kai-ctl.h"

#include "messages/kai-message-schema.h"
#include "transport/kai-soap.h"

#include <glib/gi18n-lib.h>

static KaiCatalogue *
load_catalogue (KaiCtl *ctl, GError **error)
{
  g_autoptr (KaiConnection) connection = kai_ctl_connection (ctl, error);
  g_autofree char *path =
      connection ? g_build_filename (connection->home, "messages.tsv", NULL) : NULL;

  return path ? kai_catalogue_load (path, error) : NULL;
}

/* The document on standard output, or as the member "text". */
static gboolean
give (KaiCtl *ctl, const char *text)
{
  if (ctl->as_json)
    kai_ctl_member (ctl, "text", text);
  else
    g_print ("%s", text);
  return TRUE;
}

static gboolean
run_reference (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (KaiCatalogue) catalogue = NULL;
  g_autofree char *text = NULL;

  if (args[0])
    return kai_ctl_usage (error, _ ("protocol reference takes no words after it."));
  catalogue = load_catalogue (ctl, error);
  if (!catalogue)
    return FALSE;
  text = kai_message_reference (catalogue);
  return give (ctl, text);
}

static gboolean
run_xsd (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (KaiCatalogue) catalogue = NULL;
  g_autofree char *text = NULL;

  if (args[0] && args[1])
    return kai_ctl_usage (error, _ ("protocol xsd takes at most one message number."));
  catalogue = load_catalogue (ctl, error);
  if (!catalogue)
    return FALSE;
  text = args[0] ? kai_message_schema_voucher (catalogue, args[0]) : kai_soap_schema ();
  if (!text)
    return kai_ctl_usage (error, _ ("There is no message %s in the catalogue."), args[0]);
  return give (ctl, text);
}

static gboolean
run_wsdl (KaiCtl *ctl, char **args, GError **error)
{
  g_autofree char *text = NULL;

  if (!args[0] || args[1])
    return kai_ctl_usage (error, _ ("protocol wsdl needs the address of the server."));
  text = kai_soap_wsdl (args[0]);
  return give (ctl, text);
}

const KaiCtlCommand kai_ctl_protocol_commands[] = {
  { "protocol", "reference", "", N_ ("Every field of every message, as Markdown"), NULL,
    run_reference },
  { "protocol", "xsd", "NUMBER",
    N_ ("XML Schema of the exchange, or of the vouchers of message NUMBER"), NULL, run_xsd },
  { "protocol", "wsdl", "URL", N_ ("WSDL of the server at this address"), NULL, run_wsdl },
  { NULL },
};
