/* A request that came over the socket: its peer is known by the MAC alone. Whoever is not known gets no answer: with the first kind of MAC an answer would give
 * away the very code that it lacks. */
#include "kai-sandbox-exchange-private.h"

#include "messages/kai-net-error.h"
#include "messages/kai-xml.h"
#include "transport/kai-socket-client.h"

#include <string.h>

static char *
head_text (xmlNode *cfx, const char *name)
{
  xmlNode *node = kai_xml_child (kai_xml_child (cfx, NULL, "HEAD"), NULL, name);
  char *text = node ? kai_xml_text (node, NULL) : NULL;

  return text ? text : g_strdup ("");
}

static char *
read_region (xmlNode *cfx)
{
  xmlNode *mof = kai_xml_child (kai_xml_child (cfx, NULL, "MSG"), NULL, "MOF");
  xmlNode *body = kai_xml_child (mof, NULL, "VoucherBody");
  char *region = body ? kai_xml_attribute (body, "AdmDivCode") : NULL;

  return region ? region : g_strdup ("");
}

static void
read_head (KaiSandboxExchange *self, xmlNode *cfx)
{
  self->source = head_text (cfx, "SRC");
  self->destination = head_text (cfx, "DES");
  self->id = head_text (cfx, "MsgID");
  self->number = head_text (cfx, "MsgNo");
  self->region = read_region (cfx);
}

/* The token before the last change is good for asking again for that change only. */
static gboolean
check_peer (KaiSandboxExchange *self, const KaiFrame *frame, GError **error)
{
  const KaiMessageSpec *spec = kai_catalogue_get (self->sandbox->catalogue, self->number);

  self->peer = kai_sandbox_check_peer (self->sandbox, self->source, frame->body, frame->mac, error);
  if (!self->peer)
    return (error && *error)
           || kai_net_fail (error, KAI_NET_ERROR_SIGNATURE, "The MAC is wrong, or of no peer.");
  if (self->peer->previous && !(spec && g_str_equal (spec->number, "2003")))
    {
      g_clear_pointer (&self->peer, kai_peer_free);
      return kai_net_fail (error, KAI_NET_ERROR_SIGNATURE, "The token was changed.");
    }
  /* It has the new token: the old one is of no use any more. */
  return self->peer->previous
         || kai_database_run (self->sandbox->db, error,
                              "UPDATE peer SET previous_token = '' WHERE node = ? AND "
                              "previous_token <> ''",
                              "t", self->peer->node);
}

static void
make_call (KaiSandboxExchange *self)
{
  KaiCall *call = g_new0 (KaiCall, 1);

  call->sandbox = self->sandbox;
  call->peer = self->peer;
  call->unit = g_strdup (kai_peer_is_bank (self->peer) ? self->peer->node : self->peer->unit);
  call->user = g_strdup ("");
  call->now = kai_sandbox_now (self->sandbox);
  call->today = kai_sandbox_today (self->sandbox);
  self->call = call;
}

/* A MAC says which node, not which person: the operator is whom a unit's node names, if it is one of the unit's. */
static gboolean
set_user (KaiSandboxExchange *self, GError **error)
{
  KaiCall *call = self->call;
  const KaiRecord *voucher = call->request->vouchers->pdata[0];
  g_autoptr (GError) local = NULL;
  g_autoptr (KaiUser) user =
      kai_sandbox_find_user (self->sandbox, kai_record_get (voucher, "OperatorCode"), &local);

  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (user && g_str_equal (user->unit_code, call->unit))
    {
      g_free (call->user);
      call->user = g_strdup (user->code);
    }
  return TRUE;
}

/* Over both transports the same message has the same hash, whatever its encoding. One that cannot be written again has its own. */
static char *
hash_request (const KaiSandboxExchange *self, xmlNode *cfx)
{
  g_autoptr (GBytes) bytes =
      kai_message_encode (self->call->request, self->sandbox->catalogue, FALSE, NULL);
  g_autoptr (xmlDoc) doc =
      bytes ? kai_xml_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL) : NULL;

  return kai_sandbox_exchange_hash (doc ? xmlDocGetRootElement (doc) : cfx);
}

gboolean
kai_sandbox_exchange_open_frame (KaiSandboxExchange *self, const KaiFrame *frame, GError **error)
{
  gsize length;
  const void *data = g_bytes_get_data (frame->body, &length);
  g_autoptr (xmlDoc) doc = kai_xml_parse (data, length, error);
  xmlNode *cfx = doc ? xmlDocGetRootElement (doc) : NULL;

  if (!doc)
    return FALSE;
  read_head (self, cfx);
  if (!check_peer (self, frame, error))
    return FALSE;
  make_call (self);
  if (!g_str_equal (self->number, frame->number))
    return kai_net_fail (error, KAI_NET_ERROR_MALFORMED,
                         "The frame names another message than its content.");
  self->call->request =
      kai_message_decode_each (cfx, self->sandbox->catalogue, &self->problems, error);
  if (!self->call->request || !set_user (self, error))
    return FALSE;
  self->content_hash = hash_request (self, cfx);
  return self->content_hash
         || kai_net_fail (error, KAI_NET_ERROR_MALFORMED, "The message has no canonical form.");
}

/* ---- answers ---- */

static GBytes *
seal (KaiSandboxExchange *self, const KaiMessage *answer, GError **error)
{
  g_autoptr (GBytes) body = kai_message_encode (answer, self->sandbox->catalogue, TRUE, error);
  g_autofree char *mac = body ? kai_mac_compute (self->peer->mac, body) : NULL;

  return body ? kai_frame_build (
             kai_catalogue_get_wire_number (self->sandbox->catalogue, answer->number), body, mac,
             kai_mac_get_width (self->peer->mac), error)
              : NULL;
}

GBytes *
kai_sandbox_exchange_seal_frame (KaiSandboxExchange *self, GBytes *content, GError **error)
{
  g_autoptr (KaiMessage) answer =
      kai_message_decode_bytes (content, self->sandbox->catalogue, error);

  return answer ? seal (self, answer, error) : NULL;
}

static void
replace (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

GBytes *
kai_sandbox_exchange_build_frame_fault (KaiSandboxExchange *self, const char *code,
                                        const char *sentence)
{
  g_autoptr (KaiMessage) fault = kai_message_new ("5001");
  KaiRecord *record = kai_record_new ();
  GBytes *frame;
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (fault->vouchers, record);
  if (!self->peer)
    return NULL;
  replace (&fault->source, self->destination);
  replace (&fault->destination, self->source);
  replace (&fault->reference, self->id);
  replace (&fault->region, self->region);
  kai_record_set (record, "OriMsgNo", self->number);
  kai_record_set (record, "Result", code);
  kai_record_set (record, "AddWord", sentence);
  kai_record_set (record, "Hold1", KAI_SOCKET_FAULT);
  frame = seal (self, fault, &error);
  if (!frame)
    g_message ("A fault cannot be written: %s", error->message);
  return frame;
}
