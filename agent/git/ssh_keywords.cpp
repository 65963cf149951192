// SPDX-License-Identifier: MIT
#include "git/ssh_keywords.hpp"

#include <algorithm>
#include <array>

namespace envkeep::git {
namespace {

struct Keyword {
    std::string_view name;
    Meaning meaning;
};

const std::array<Keyword, 24> keywords{{
    {"host", Block::host},
    {"match", Block::match},
    {"include", Block::include},
    {"hostname", &SshConfig::host_name},
    {"user", &SshConfig::user},
    {"port", &SshConfig::port},
    {"identitiesonly", &SshConfig::identities_only},
    {"identityagent", &SshConfig::identity_agent},
    {"stricthostkeychecking", &SshConfig::host_key_checking},
    {"hostkeyalias", &SshConfig::host_key_alias},
    {"ignoreunknown", &SshConfig::ignore_unknown},
    {"identityfile", &SshConfig::identity_files},
    {"certificatefile", &SshConfig::certificate_files},
    {"userknownhostsfile", WordsOfOneLine{&SshConfig::user_known_hosts}},
    {"globalknownhostsfile", WordsOfOneLine{&SshConfig::global_known_hosts}},
    {"proxyjump", Unsupported{"ProxyJump", "none", "proxy"}},
    {"proxycommand", Unsupported{"ProxyCommand", "none", "proxy"}},
    {"bindaddress", Unsupported{"BindAddress", "", ""}},
    {"bindinterface", Unsupported{"BindInterface", "", ""}},
    {"canonicalizehostname", Unsupported{"CanonicalizeHostname", "no", ""}},
    {"knownhostscommand", Unsupported{"KnownHostsCommand", "none", ""}},
    {"revokedhostkeys", Unsupported{"RevokedHostKeys", "none", ""}},
    {"pkcs11provider", Unsupported{"PKCS11Provider", "none", ""}},
    {"pubkeyauthentication", Unsupported{"PubkeyAuthentication", "yes", ""}},
}};

// Every other keyword that ssh knows. Lists of algorithms are here: a server that offers only what
// they would allow is told of by the connection itself.
constexpr std::string_view harmless =
    " addkeystoagent addressfamily afstokenpassing applemultipath batchmode canonicaldomains "
    "canonicalizefallbacklocal canonicalizemaxdots canonicalizepermittedcnames "
    "casignaturealgorithms challengeresponseauthentication channeltimeout checkhostip cipher "
    "ciphers clearallforwardings compression compressionlevel connectionattempts connecttimeout "
    "controlmaster controlpath controlpersist dsaauthentication dynamicforward "
    "enableescapecommandline enablesshkeysign escapechar exitonforwardfailure "
    "fallbacktorsh fingerprinthash forkafterauthentication forwardagent forwardx11 "
    "forwardx11timeout forwardx11trusted gatewayports globalknownhostsfile2 gssapiauthentication "
    "gssapiclientidentity gssapidelegatecredentials gssapikexalgorithms gssapikeyexchange "
    "gssapirenewalforcesrekey gssapiserveridentity gssapitrustdns hashknownhosts "
    "hostbasedacceptedalgorithms hostbasedauthentication hostbasedkeytypes hostkeyalgorithms "
    "ipqos kbdinteractiveauthentication kbdinteractivedevices keepalive kexalgorithms "
    "localcommand localforward loglevel logverbose macs nohostauthenticationforlocalhost "
    "numberofpasswordprompts obscurekeystroketiming passwordauthentication permitlocalcommand "
    "permitremoteopen preferredauthentications protocol proxyusefdpass pubkeyacceptedalgorithms "
    "pubkeyacceptedkeytypes refuseconnection rekeylimit remotecommand remoteforward requesttty "
    "requiredrsasize "
    "rhostsauthentication rhostsrsaauthentication rsaauthentication securitykeyprovider sendenv "
    "serveralivecountmax serveraliveinterval sessiontype setenv skeyauthentication "
    "smartcarddevice stdinnull streamlocalbindmask streamlocalbindunlink syslogfacility tag "
    "tcpkeepalive tisauthentication tunnel tunneldevice updatehostkeys useblacklistedkeys "
    "useprivilegedport userknownhostsfile2 usersh useroaming verifyhostkeydns versionaddendum "
    "visualhostkey warnweakcrypto xauthlocation ";

}  // namespace

Meaning meaning_of(std::string_view keyword) {
    const auto* const found = std::ranges::find(keywords, keyword, &Keyword::name);
    if (found != keywords.end()) {
        return found->meaning;
    }
    const std::size_t at = harmless.find(keyword);
    const bool is_whole = at != std::string_view::npos && at > 0 && !keyword.empty() &&
                          harmless[at - 1] == ' ' && harmless[at + keyword.size()] == ' ';
    return is_whole ? Meaning(Harmless{}) : Meaning(Unknown{});
}

}  // namespace envkeep::git
