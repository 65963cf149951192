// SPDX-License-Identifier: MIT
#include "envkeep/git/ssh_settings.hpp"

#include "unit/git/ssh_files.hpp"

#include <gmock/gmock.h>

namespace envkeep::git {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

SshSettings settings(const std::string& config, const std::string& host = "h") {
    const SshFiles files = SshFiles()
                               .file("/home/me/.ssh/config", config)
                               .variable("SSH_AUTH_SOCK", "/run/agent")
                               .variable("KEYS", "/keys");
    return resolve_ssh(files.reader(), host, "", 0);
}

TEST(SshSettings, WithoutAnyFileAreSshsOwn) {
    const SshSettings found = resolve_ssh(SshFiles().reader(), "GitHub.com", "", 0);

    EXPECT_EQ(found.host_name, "github.com");
    EXPECT_EQ(found.user, "");
    EXPECT_EQ(found.port, 22);
    EXPECT_THAT(found.identity_files,
                ElementsAre("/home/me/.ssh/id_rsa",
                            "/home/me/.ssh/id_ecdsa",
                            "/home/me/.ssh/id_ed25519",
                            "/home/me/.ssh/id_dsa"));
    EXPECT_FALSE(found.has_own_identities);
    EXPECT_EQ(found.identity_agent, "");
    EXPECT_THAT(found.known_hosts_files,
                ElementsAre("/home/me/.ssh/known_hosts",
                            "/home/me/.ssh/known_hosts2",
                            "/etc/ssh/ssh_known_hosts",
                            "/etc/ssh/ssh_known_hosts2"));
    EXPECT_EQ(found.host_key_checking, HostKeyChecking::yes);
    EXPECT_THAT(found.problems, IsEmpty());
}

// What the guides tell people to write.
TEST(SshSettings, OfAnOrdinaryFileAreTaken) {
    const std::string config =
        "Host work\n"
        "    HostName git.corp.example\n"
        "    User git\n"
        "    Port 7999\n"
        "    IdentityFile ~/.ssh/id_work\n"
        "    IdentitiesOnly yes\n"
        "    LocalForward 8888 localhost:8888\n"
        "\n"
        "Host *\n"
        "    User me\n"
        "    ServerAliveInterval 60\n"
        "    StrictHostKeyChecking no\n";

    const SshSettings found = settings(config, "work");

    EXPECT_EQ(found.host_name, "git.corp.example");
    EXPECT_EQ(found.user, "git");
    EXPECT_EQ(found.port, 7999);
    EXPECT_THAT(found.identity_files, ElementsAre("/home/me/.ssh/id_work"));
    EXPECT_TRUE(found.has_own_identities);
    EXPECT_TRUE(found.identities_only);
    EXPECT_EQ(found.host_key_checking, HostKeyChecking::no);
    EXPECT_THAT(found.unsupported, IsEmpty());
    EXPECT_THAT(found.problems, IsEmpty());
    EXPECT_EQ(settings(config, "other").user, "me");
}

TEST(SshSettings, OfTheUrlComeFirst) {
    const SshFiles files =
        SshFiles().file("/home/me/.ssh/config", "User git\nPort 7999\nIdentityFile ~/%r_%p\n");

    const SshSettings found = resolve_ssh(files.reader(), "h", "you", 2222);

    EXPECT_EQ(found.user, "you");
    EXPECT_EQ(found.port, 2222);
    EXPECT_THAT(found.identity_files, ElementsAre("/home/me/you_2222"));
}

TEST(SshSettings, HaveTheirTokensExpanded) {
    const SshSettings found = settings(
        "HostName %h.example\nUser git\nHostKeyAlias Ali\n"
        "IdentityFile ~/.ssh/%n,%h,%p,%r,%u,%i,%l,%L,%k,%%\n"
        "IdentityFile %d/a\nIdentityFile ${KEYS}/b\nIdentityFile ~me/c\nIdentityFile d\n"
        "CertificateFile ~/.ssh/%h-cert.pub\n"
        "UserKnownHostsFile ~/a \"%d/b c\"\nGlobalKnownHostsFile none\n");

    EXPECT_THAT(found.identity_files,
                ElementsAre("/home/me/.ssh/h,h.example,22,git,me,1000,nb1.cluster,nb1,ali,%",
                            "/home/me/a",
                            "/keys/b",
                            "/home/me/c",
                            "/home/me/d"));
    EXPECT_THAT(found.certificate_files, ElementsAre("/home/me/.ssh/h.example-cert.pub"));
    EXPECT_THAT(found.known_hosts_files, ElementsAre("/home/me/a", "/home/me/b c"));
    EXPECT_EQ(found.host_key_alias, "ali");
    EXPECT_THAT(found.problems, IsEmpty());
}

TEST(SshSettings, LeaveOutAPathThatCannotBeWorkedOut) {
    const SshSettings found = settings(
        "IdentityFile %z\nIdentityFile ${NONE}/x\nIdentityFile ~you/x\nIdentityFile x%\n"
        "IdentityFile ~/good\n");

    EXPECT_THAT(found.identity_files, ElementsAre("/home/me/good"));
    EXPECT_EQ(found.problems.size(), 4U);
}

TEST(SshSettings, WithNoIdentityAtAllHaveNone) {
    const SshSettings found = settings("IdentityFile none\n");

    EXPECT_THAT(found.identity_files, IsEmpty());
    EXPECT_TRUE(found.has_own_identities);
}

TEST(SshSettings, TellWhereTheAgentIs) {
    EXPECT_EQ(settings("").identity_agent, "/run/agent");
    EXPECT_EQ(settings("IdentityAgent none\n").identity_agent, "");
    EXPECT_EQ(settings("IdentityAgent SSH_AUTH_SOCK\n").identity_agent, "/run/agent");
    EXPECT_EQ(settings("IdentityAgent $KEYS\n").identity_agent, "/keys");
    EXPECT_EQ(settings("IdentityAgent $NONE\n").identity_agent, "");
    EXPECT_EQ(settings("IdentityAgent ~/agent\n").identity_agent, "/home/me/agent");
    EXPECT_EQ(settings("IdentityAgent ${KEYS}/s\n").identity_agent, "/keys/s");
}

TEST(SshSettings, NameWhatIsNotSupportedWithItsPlace) {
    const SshSettings found = settings(
        "Host x\n  ProxyJump other\nHost *\n"
        "  proxyjump bastion\n  ProxyCommand nc --token=hunter2hunter2 %h\n"
        "  KnownHostsCommand /bin/x\n  PubkeyAuthentication yes\n");

    EXPECT_THAT(found.unsupported,
                ElementsAre("ProxyJump bastion (~/.ssh/config:4)",
                            "KnownHostsCommand /bin/x (~/.ssh/config:6)"));
    EXPECT_TRUE(found.has_proxy);
}

TEST(SshSettings, ShowNoSecretOfAProxy) {
    const SshSettings found = settings("ProxyCommand nc --token=hunter2hunter2 %h\n");

    ASSERT_EQ(found.unsupported.size(), 1U);
    EXPECT_THAT(found.unsupported.front(), ::testing::Not(HasSubstr("hunter2")));
}

TEST(SshSettings, TakeAProxyThatIsSwitchedOffForNone) {
    const SshSettings found =
        settings("Host h\n  ProxyJump none\nHost *\n  ProxyCommand nc %h %p\n");

    EXPECT_THAT(found.unsupported, IsEmpty());
    EXPECT_FALSE(found.has_proxy);
}

TEST(SshSettings, PassOverABlockThatNeedsAProgramAndNameIt) {
    const SshSettings found = settings(
        "Match host other exec \"true\"\n  Port 1\n"
        "Match host h exec \"true\"\n  Port 2\n"
        "Match all\n  Port 3\n");

    EXPECT_EQ(found.port, 3);
    EXPECT_THAT(found.unsupported, ElementsAre("Match exec (~/.ssh/config:3)"));
}

// `Match final` has the files read twice.
TEST(SshSettings, TellOnceWhatIsReadTwice) {
    const SshSettings found = settings(
        "Prot 5\nMatch final\n  User me\nMatch host h exec \"true\"\n  Port 2\n"
        "Match final\n  ProxyJump x\n");

    EXPECT_EQ(found.user, "me");
    EXPECT_THAT(found.problems, ElementsAre("~/.ssh/config:1: 'prot' is no keyword of ssh"));
    EXPECT_THAT(found.unsupported,
                ElementsAre("Match exec (~/.ssh/config:4)", "ProxyJump x (~/.ssh/config:7)"));
}

TEST(SshSettings, SayWhichLinesCannotBeRead) {
    const SshSettings found = settings(
        "Prot 5\nPort x\nPort 0\nUser \"a\nUser a b\nHost\nMatch all\nIdentitiesOnly perhaps\n"
        "StrictHostKeyChecking maybe\nHostName %z\nUser\n");

    EXPECT_THAT(found.problems,
                ElementsAre("~/.ssh/config:1: 'prot' is no keyword of ssh",
                            "~/.ssh/config:2: 'port' cannot be 'x'",
                            "~/.ssh/config:3: 'port' cannot be '0'",
                            "~/.ssh/config:4: 'user' cannot be read",
                            "~/.ssh/config:5: 'user' cannot be read",
                            "~/.ssh/config:6: 'host' cannot be read",
                            "~/.ssh/config:8: 'identitiesonly' cannot be 'perhaps'",
                            "~/.ssh/config:9: 'stricthostkeychecking' cannot be 'maybe'",
                            "~/.ssh/config:10: 'hostname' cannot be '%z'",
                            "~/.ssh/config:11: 'user' cannot be read"));
    EXPECT_EQ(found.host_name, "h");
}

TEST(SshSettings, PassOverKeywordsThatTheUserHasSshPassOver) {
    EXPECT_THAT(settings("IgnoreUnknown UseK*,addx\nUseKeychain yes\n").problems,
                ::testing::SizeIs(1));
    EXPECT_THAT(settings("IgnoreUnknown usek*,addx\nUseKeychain yes\n").problems, IsEmpty());
}

TEST(SshSettings, SayWhichFileMayNotBeRead) {
    SshConfigReader reader = SshFiles().reader();
    reader.read = [](const std::string& path) -> Result<std::string> {
        return path == "/home/me/.ssh/config"
                   ? failure(ErrorKind::permission_denied, "permission denied")
                   : failure(ErrorKind::not_found, "no such file");
    };

    EXPECT_THAT(resolve_ssh(reader, "h", "", 0).problems,
                ElementsAre("~/.ssh/config: permission denied"));
}

TEST(SshSettingsInclude, TakesTheFilesOfAPatternInOrder) {
    const SshFiles files =
        SshFiles()
            .file("/home/me/.ssh/config", "Include conf.d/*.conf ~/more\nPort 5\nUser last\n")
            .file("/home/me/.ssh/conf.d/a.conf", "Host x\nUser x\nHost h\nPort 1\n")
            .file("/home/me/.ssh/conf.d/b.conf", "Port 2\nIdentityFile ~/b\n")
            .file("/home/me/.ssh/conf.d/.c.conf", "Port 3\nIdentityFile ~/c\n")
            .file("/home/me/.ssh/conf.d/readme", "Bogus\n")
            .file("/home/me/more", "IdentityFile ~/more\n");

    const SshSettings found = resolve_ssh(files.reader(), "h", "", 0);

    EXPECT_EQ(found.port, 1);
    EXPECT_EQ(found.user, "last");
    EXPECT_THAT(found.identity_files, ElementsAre("/home/me/b", "/home/me/more"));
    EXPECT_THAT(found.problems, IsEmpty());
}

TEST(SshSettingsInclude, InABlockOfAnotherHostCountsForNothing) {
    const SshFiles files = SshFiles()
                               .file("/home/me/.ssh/config", "Host x\n  Include more\n")
                               .file("/home/me/.ssh/more", "Host h\n  Port 1\n");

    EXPECT_EQ(resolve_ssh(files.reader(), "h", "", 0).port, 22);
}

TEST(SshSettingsInclude, OfTheMachinesFileIsRelativeToItsFolder) {
    const SshFiles files = SshFiles()
                               .file("/etc/ssh/ssh_config", "Include ssh_config.d/*.conf\n")
                               .file("/etc/ssh/ssh_config.d/a.conf", "Port 7\nProxyJump x\n");

    const SshSettings found = resolve_ssh(files.reader(), "h", "", 0);

    EXPECT_EQ(found.port, 7);
    EXPECT_THAT(found.unsupported, ElementsAre("ProxyJump x (/etc/ssh/ssh_config.d/a.conf:2)"));
}

TEST(SshSettingsInclude, ThatNeverEndsDoes) {
    const SshFiles files = SshFiles()
                               .file("/home/me/.ssh/config", "Include a\nInclude a\nInclude a\n")
                               .file("/home/me/.ssh/a", "Include a\nInclude a\nPort 4\n");

    const SshSettings found = resolve_ssh(files.reader(), "h", "", 0);

    EXPECT_EQ(found.port, 4);
    EXPECT_THAT(found.problems, ::testing::Contains(HasSubstr("deeper than 16")));
}

TEST(SshSettingsInclude, OfMoreThanAnybodyWritesIsToldAndPassedOver) {
    const SshFiles files =
        SshFiles()
            .file("/home/me/.ssh/config", "Include big\nPort 5\n")
            .file("/home/me/.ssh/big", "Port 4\n" + std::string(std::size_t{5} << 20U, '\n'));

    const SshSettings found = resolve_ssh(files.reader(), "h", "", 0);

    EXPECT_EQ(found.port, 5);
    EXPECT_THAT(found.problems, ElementsAre("~/.ssh/big: too much is included"));
}

}  // namespace
}  // namespace envkeep::git
