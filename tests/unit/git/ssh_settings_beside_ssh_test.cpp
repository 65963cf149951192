// SPDX-License-Identifier: MIT
// What a real ssh makes of a configuration, as `ssh -G` and `ssh -v` tell it, and what we make of
// it.
#include "envkeep/core/text.hpp"
#include "envkeep/git/ssh_settings.hpp"
#include "envkeep/posix/inspector.hpp"
#include "support/temp_tree.hpp"
#include "unit/git/real_ssh.hpp"

#include <gmock/gmock.h>

#include <unistd.h>

#include <algorithm>

namespace envkeep::git {
namespace {

struct Config {
    std::string name;
    std::string text;  // DIR is the folder of the files below
    std::string target = "h";
};

// The values that `ssh -G` prints of a keyword.
std::string value_of(const std::string& printed, std::string_view keyword) {
    for (const std::string_view line : split(printed, '\n')) {
        if (line.starts_with(keyword) && line.substr(keyword.size()).starts_with(' ')) {
            return std::string(line.substr(keyword.size() + 1));
        }
    }
    return {};
}

// "debug1: identity file PATH type -1"
std::vector<std::string> identities_in(const std::string& printed) {
    constexpr std::string_view begin = "debug1: identity file ";
    std::vector<std::string> paths;
    for (const std::string_view line : split(printed, '\n')) {
        const std::size_t end = line.rfind(" type ");
        if (line.starts_with(begin) && end != std::string_view::npos) {
            paths.emplace_back(line.substr(begin.size(), end - begin.size()));
        }
    }
    std::erase_if(paths, [](const std::string& path) {
        return path.ends_with("-cert") || path.ends_with("_sk") || path.ends_with("_xmss");
    });
    return paths;
}

std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) {
        all += (all.empty() ? "" : " ") + text;
    }
    return all;
}

class SshSettingsBesideSsh : public ::testing::TestWithParam<Config> {
  protected:
    SshSettingsBesideSsh() {
        files_.file("a.conf", "Host x\nPort 11\nHost h\nPort 12\nUser fromA\n")
            .file("b.conf", "Port 13\nIdentityFile ~/b\n");
    }

    SshConfigReader reader() {
        static const std::string home{trimmed(printed_by("getent passwd $(id -u) | cut -d: -f6"))};
        static const std::string user{trimmed(printed_by("id -un"))};
        static const std::string host{trimmed(printed_by("hostname"))};
        return {.read = [this](const std::string& path) -> Result<std::string> {
                    const std::string name = path == home + "/.ssh/config" ? "config"
                                             : path.starts_with(files_.path() + "/")
                                                 ? path.substr(files_.path().size() + 1)
                                                 : "";
                    if (name.empty() || !files_.exists(name)) {
                        return failure(ErrorKind::not_found, "no such file");
                    }
                    return files_.content(name);
                },
                .names_in =
                    [](const std::string& folder) {
                        std::vector<std::string> names;
                        for (const system::Entry& entry : posix::Inspector().list(folder)) {
                            names.push_back(entry.name);
                        }
                        std::ranges::sort(names);
                        return names;
                    },
                .variable = [](std::string_view) { return std::nullopt; },
                .home = home,
                .local_user = user,
                .local_host = host,
                .uid = ::getuid()};
    }

    envkeep::testing::TempTree files_;
};

TEST_P(SshSettingsBesideSsh, AreTheSame) {
    std::string text = GetParam().text;
    for (std::size_t at = 0; (at = text.find("DIR", at)) != std::string::npos;) {
        text.replace(at, 3, files_.path());
    }
    files_.file("config", text, 0600);
    const std::string begin = "ssh -F " + (files_ / "config") + " -o CanonicalizeHostname=no ";
    const std::string& target = GetParam().target;
    const std::size_t at = target.find('@');
    const std::string user = at == std::string::npos ? "" : target.substr(0, at);
    const SshConfigReader ours = reader();

    const std::string theirs = printed_by(begin + "-G " + target);
    const std::string identities =
        printed_by(begin + "-v -o ProxyCommand=/bin/false " + target + " true");
    const SshSettings found =
        resolve_ssh(ours, at == std::string::npos ? target : target.substr(at + 1), user, 0);

    EXPECT_THAT(found.problems, ::testing::IsEmpty());
    EXPECT_EQ(found.host_name, value_of(theirs, "hostname"));
    EXPECT_EQ(found.user.empty() ? ours.local_user : found.user, value_of(theirs, "user"));
    EXPECT_EQ(std::to_string(found.port), value_of(theirs, "port"));
    EXPECT_EQ(found.identities_only ? "yes" : "no", value_of(theirs, "identitiesonly"));
    EXPECT_EQ(found.host_key_alias, value_of(theirs, "hostkeyalias"));
    EXPECT_EQ(
        joined(found.known_hosts_files),
        value_of(theirs, "userknownhostsfile") + " " + value_of(theirs, "globalknownhostsfile"));
    EXPECT_EQ(joined(found.identity_files), joined(identities_in(identities)));
    const std::string checking = value_of(theirs, "stricthostkeychecking");
    EXPECT_EQ(found.host_key_checking,
              checking == "false"        ? HostKeyChecking::no
              : checking == "accept-new" ? HostKeyChecking::accept_new
                                         : HostKeyChecking::yes);
}

INSTANTIATE_TEST_SUITE_P(
    Configs,
    SshSettingsBesideSsh,
    ::testing::Values(
        Config{"Empty", ""},
        Config{"Host", "Host h\n HostName x.example\n User u\n Port 3\nHost *\n User v\n Port 4\n"},
        Config{"FirstCounts", "Port 1\nHost h\nPort 2\n"},
        Config{"Patterns", "Host *.x h?\n Port 1\nHost ?\n Port 2\n"},
        Config{"SeveralPatterns", "Host a b h c\n Port 1\n"},
        Config{"RuledOut", "Host * !h\n Port 1\nHost !x *\n Port 2\n"},
        Config{"OnlyRuledOut", "Host !x\n Port 1\n"},
        Config{"Commas", "Host h,x\n Port 1\n"},
        Config{"LettersOfHosts", "Host FOO\n Port 1\nHost foo\n Port 2\n", "Foo"},
        Config{"LettersOfKeywords", "HOST h\n pOrT 2\n hostNAME X.Example\n"},
        Config{"MatchAll", "Host x\n Port 1\nMatch all\n Port 2\n"},
        Config{"MatchHost", "HostName x\nMatch host h\n Port 1\nMatch host x\n Port 2\n"},
        Config{"MatchLetters", "Match host foo\n Port 1\nMatch user U\n User x\n", "u@Foo"},
        Config{"MatchLettersOfOriginal", "Match originalhost FOO\n Port 2\n", "Foo"},
        Config{"MatchOriginal", "HostName x\nMatch originalhost h user root,u\n Port 1\n", "u@h"},
        Config{"MatchNot", "Match !host h\n Port 1\nMatch host \"!x,*\"\n Port 2\n"},
        Config{"MatchEquals", "Match host=h\n Port 1\n"},
        Config{"MatchUser", "User u\nMatch user u\n Port 1\n"},
        Config{"MatchUserOfTheTarget", "User u\nMatch user z\n Port 1\n", "z@h"},
        Config{"MatchCanonical", "Match canonical\n Port 1\nMatch !canonical\n User u\n"},
        Config{"MatchFinal", "Match final all\n Port 1\nMatch !final\n User u\n"},
        Config{"MatchFinalComesLast", "Match final\n Port 1\nUser u\nHost *\n Port 2\n"},
        Config{"MatchFinalOfAnother", "Match final host x\n Port 1\nMatch canonical\n User u\n"},
        Config{"MatchFinalByTheNewName",
               "HostName x\nMatch final host x\n Port 1\nMatch final originalhost x\n User v\n"
               "Match final originalhost h\n User w\nHost x\n HostKeyAlias a\n"},
        Config{"MatchFinalSetsNoName", "Match final\n HostName x\nHost foo\n Port 3\n", "Foo"},
        Config{"MatchFinalAddsIdentities",
               "IdentityFile ~/a\nMatch final\n IdentityFile ~/b\nHost *\n IdentityFile ~/c\n"},
        Config{"MatchFinalIncludes", "HostName x\nMatch final\n Include DIR/a.conf\n"},
        Config{"Equals", "Host=h\nPort=5\nUser = a\nHostName= \"x\"\n\"HostKeyAlias\" Y%h\n"},
        Config{"Quotes", "User \"a b\"\nHostKeyAlias 'c'\nIdentityFile \"~/x y\"\n"},
        Config{"Backslashes", "User a\\ b\nHostKeyAlias x\\\\y\\z\n"},
        Config{"Comments", "# x\n  # y\nUser a #b\nHostKeyAlias a#b # c\n"},
        Config{"LineEnds", "Host h\r\n  Port 4\r\n  User u\t \r\n"},
        Config{"NoLastLineEnd", "Port 4"},
        Config{"HostName", "HostName %h.x%%y.%h\n"},
        Config{"Identities", "IdentityFile ~/a\nHost h\nIdentityFile /b/c\nIdentityFile ~/a\n"},
        Config{"NoIdentity", "IdentityFile none\n"},
        Config{"Tokens", "HostName x\nUser u\nIdentityFile ~/%h_%n_%r_%p_%u_%d_%l_%L_%i_%%\n"},
        Config{"TokenOfTheAlias", "HostKeyAlias ali\nIdentityFile ~/%k\n"},
        Config{"IdentitiesOnly", "IdentitiesOnly TRUE\nStrictHostKeyChecking off\n"},
        Config{"AcceptNew", "StrictHostKeyChecking accept-new\nStrictHostKeyChecking no\n"},
        Config{"KnownHosts", "UserKnownHostsFile ~/a %d/b\nGlobalKnownHostsFile /c /d\n"},
        Config{"Include", "Include DIR/*.conf\nPort 1\n"},
        Config{"IncludeInABlock", "Host x\nInclude DIR/a.conf\nHost h\nInclude DIR/b.conf\n"},
        Config{"IncludeOfNothing", "Include DIR/none DIR/none/*.conf\nPort 9\n"},
        Config{"IncludeEndsItsBlocks", "Host h\nInclude DIR/a.conf\nUser after\nPort 2\n"},
        Config{"IgnoreUnknown", "IgnoreUnknown usek*\nUseKeychain yes\nPort 2\n"},
        Config{"Forwards", "LocalForward 8888 localhost:8888\nServerAliveInterval 60\nPort 2\n"}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace envkeep::git
