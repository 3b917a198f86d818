/* Variables of rule headers, with the defaults of Suricata's configuration. */
#include "rules/lang.h"

#include <stdio.h>


bool lang_vars_set(struct lang_vars *vars, const char *name, const char *value)
{
    unsigned i = 0;
    while (i < vars->n && strcmp(vars->v[i].name, name) != 0)
        i++;
    if (i == sizeof vars->v / sizeof *vars->v || strlen(name) >= sizeof vars->v[i].name ||
        strlen(value) >= sizeof vars->v[i].value)
        return false;
    snprintf(vars->v[i].name, sizeof vars->v[i].name, "%s", name);
    snprintf(vars->v[i].value, sizeof vars->v[i].value, "%s", value);
    vars->n += i == vars->n;
    return true;
}

void lang_vars_default(struct lang_vars *vars, const char *home_net)
{
    static const char *const pairs[][2] = {
        { "EXTERNAL_NET", "!$HOME_NET" }, { "HTTP_SERVERS", "$HOME_NET" }, { "SMTP_SERVERS", "$HOME_NET" },
        { "SQL_SERVERS", "$HOME_NET" }, { "DNS_SERVERS", "$HOME_NET" }, { "TELNET_SERVERS", "$HOME_NET" },
        { "AIM_SERVERS", "$EXTERNAL_NET" }, { "DC_SERVERS", "$HOME_NET" },
        { "DNP3_SERVER", "$HOME_NET" }, { "DNP3_CLIENT", "$HOME_NET" }, { "MODBUS_CLIENT", "$HOME_NET" },
        { "MODBUS_SERVER", "$HOME_NET" }, { "ENIP_CLIENT", "$HOME_NET" }, { "ENIP_SERVER", "$HOME_NET" },
        { "HTTP_PORTS", "80" }, { "SHELLCODE_PORTS", "!80" }, { "ORACLE_PORTS", "1521" },
        { "SSH_PORTS", "22" }, { "DNP3_PORTS", "20000" }, { "MODBUS_PORTS", "502" },
        { "FILE_DATA_PORTS", "[$HTTP_PORTS,110,143]" }, { "FTP_PORTS", "21" },
        { "GENEVE_PORTS", "6081" }, { "VXLAN_PORTS", "4789" }, { "TEREDO_PORTS", "3544" },
    };
    vars->n = 0;
    bool own = home_net != NULL && home_net[0] != '\0';
    lang_vars_set(vars, "HOME_NET", own ? home_net : "[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12]");
    for (unsigned i = 0; i < sizeof pairs / sizeof *pairs; i++)
        lang_vars_set(vars, pairs[i][0], pairs[i][1]);
}
