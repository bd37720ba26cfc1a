/* The WSDL that a stranger's toolkit starts from: one operation, document/literal wrapped, with the schema inside. */
#include "messages/kai-message-schema.h"
#include "messages/kai-xml.h"
#include "transport/kai-soap.h"

static void
append_element (GString *out, const char *name)
{
  g_string_append_printf (out,
                          "<xs:element name=\"%s\"><xs:complexType><xs:sequence>"
                          "<xs:element name=\"CFX\" type=\"k:CFX\"/></xs:sequence>"
                          "</xs:complexType></xs:element>\n",
                          name);
}

static char *
make_schema (void)
{
  g_autoptr (KaiCatalogue) catalogue = kai_catalogue_load (NULL, NULL);
  g_autofree char *cfx = NULL;
  GString *out = g_string_new ("<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" "
                               "xmlns:k=\"" KAI_EXCHANGE_NS "\" targetNamespace=\"" KAI_EXCHANGE_NS
                               "\" elementFormDefault=\"unqualified\">\n");

  g_assert (catalogue);
  cfx = kai_message_schema_cfx (catalogue, "k");
  append_element (out, "Exchange");
  append_element (out, "ExchangeResponse");
  g_string_append (out, "<xs:element name=\"Result\" type=\"xs:string\"/>\n");
  g_string_append (out, cfx);
  g_string_append (out, "\n</xs:schema>\n");
  return g_string_free (out, FALSE);
}

char *
kai_soap_schema (void)
{
  g_autofree char *schema = make_schema ();

  return g_strconcat ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", schema, NULL);
}

char *
kai_soap_wsdl (const char *address)
{
  g_autofree char *schema = make_schema ();
  GString *out = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");

  g_string_append (out, "<wsdl:definitions xmlns:wsdl=\"http://schemas.xmlsoap.org/wsdl/\" "
                        "xmlns:soap=\"http://schemas.xmlsoap.org/wsdl/soap/\" "
                        "xmlns:k=\"" KAI_EXCHANGE_NS "\" name=\"Kaipiao\" "
                        "targetNamespace=\"" KAI_EXCHANGE_NS "\">\n<wsdl:types>\n");
  g_string_append (out, schema);
  g_string_append (
      out,
      "</wsdl:types>\n"
      "<wsdl:message name=\"ExchangeRequest\">"
      "<wsdl:part name=\"parameters\" element=\"k:Exchange\"/></wsdl:message>\n"
      "<wsdl:message name=\"ExchangeReply\">"
      "<wsdl:part name=\"parameters\" element=\"k:ExchangeResponse\"/></wsdl:message>\n"
      "<wsdl:portType name=\"Exchange\"><wsdl:operation name=\"Exchange\">"
      "<wsdl:input message=\"k:ExchangeRequest\"/><wsdl:output message=\"k:ExchangeReply\"/>"
      "</wsdl:operation></wsdl:portType>\n"
      "<wsdl:binding name=\"ExchangeBinding\" type=\"k:Exchange\">"
      "<soap:binding style=\"document\" transport=\"http://schemas.xmlsoap.org/soap/http\"/>"
      "<wsdl:operation name=\"Exchange\"><soap:operation soapAction=\"" KAI_ACTION_REQUEST
      "\" style=\"document\"/>"
      "<wsdl:input><soap:body use=\"literal\"/></wsdl:input>"
      "<wsdl:output><soap:body use=\"literal\"/></wsdl:output></wsdl:operation></wsdl:binding>\n"
      "<wsdl:service name=\"KaipiaoService\"><wsdl:port name=\"ExchangePort\" "
      "binding=\"k:ExchangeBinding\"><soap:address location=\"");
  kai_xml_append_escaped (out, address);
  g_string_append (out, "\"/></wsdl:port></wsdl:service>\n</wsdl:definitions>\n");
  return g_string_free (out, FALSE);
}
