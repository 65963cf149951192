// SPDX-License-Identifier: MIT
#include "envkeep/store/findings.hpp"

#include "captured.hpp"
#include "store/private_key.hpp"
#include "store_test.hpp"
#include "support/mounts.hpp"

namespace envkeep::store {
namespace {

using model::Finding;
using model::Severity;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string open_key =
    "-----BEGIN OPENSSH PRIVATE KEY-----\n"
    "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n";
const std::string closed_key =
    "-----BEGIN OPENSSH PRIVATE KEY-----\n"
    "b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABDQJx0Ml4\n";

class FindingsTest : public StoreTest {
  protected:
    FindingsTest() {
        captured.mount("/", "overlay");
        tree.mode("storage", 0755)
            .file("storage/pre-run.sh", "", 0755)
            .file("storage/envkeep/hook.sh")
            .file("storage/envkeep/manifest.yaml")
            .file("storage/envkeep/store.json")
            .file("storage/envkeep/bin/envkeep", "", 0755)
            .folder("storage/envkeep/home", 0700);
    }

    std::vector<Finding> found(const std::optional<Probe>& probe = std::nullopt) {
        return store_findings(opened_store(), probe, captured.machine(), files);
    }

    void open_all_folders() {
        tree.mode("storage/envkeep", 0755).mode("storage/envkeep/home", 0755);
    }

    Captured captured;
};

TEST_F(FindingsTest, OfAWellKeptStoreAreNone) {
    tree.file("storage/envkeep/home/.ssh/id_rsa", open_key, 0600)
        .file("storage/envkeep/home/.netrc", "x", 0600);

    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(FindingsTest, NameThePartsThatOthersMayWrite) {
    tree.mode("storage/envkeep/hook.sh", 0664)
        .mode("storage/envkeep/bin/envkeep", 0777)
        .mode("storage/pre-run.sh", 0646);

    const std::vector<Finding> findings = found();

    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_EQ(findings[0].id, "store-writable-by-others");
    EXPECT_EQ(findings[0].severity, Severity::warning);
    EXPECT_THAT(findings[0].evidence,
                ElementsAre((tree / "storage/envkeep/hook.sh") + ": mode 0664",
                            (tree / "storage/envkeep/bin/envkeep") + ": mode 0777",
                            (tree / "storage/pre-run.sh") + ": mode 0646"));
    EXPECT_THAT(
        findings[0].fix.commands,
        ElementsAre("chmod go-w " + (tree / "storage/envkeep/hook.sh") + " " +
                    (tree / "storage/envkeep/bin/envkeep") + " " + (tree / "storage/pre-run.sh")));
}

TEST_F(FindingsTest, NameEachPartThatCountsAndNothingElse) {
    for (const char* const part : {"storage/envkeep",
                                   "storage/envkeep/manifest.yaml",
                                   "storage/envkeep/store.json",
                                   "storage/envkeep/bin"}) {
        const std::uint32_t before = tree.mode_of(part);
        tree.mode(part, 0777);
        EXPECT_THAT(found(), SizeIs(1)) << part;
        tree.mode(part, before);
    }
    tree.mode("storage/envkeep/home", 0777);
    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(FindingsTest, TellOnlyOfThePlatformsFolder) {
    tree.mode("storage", 0777);
    ASSERT_THAT(found(), SizeIs(1));
    EXPECT_EQ(found()[0].severity, Severity::info);
    EXPECT_EQ(found()[0].subject, tree / "storage");

    tree.mode("storage", 01777);
    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(FindingsTest, AskForNoChmodWhereItIsIgnored) {
    tree.mode("storage/envkeep/hook.sh", 0777);

    const std::vector<Finding> findings = found(Probe{.is_writable = true, .has_modes = false});

    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_EQ(findings[0].severity, Severity::info);
    EXPECT_THAT(findings[0].fix.commands, IsEmpty());
}

TEST_F(FindingsTest, KnowNothingOfModesWhereNothingCanBeWritten) {
    tree.mode("storage/envkeep/hook.sh", 0777);

    const std::vector<Finding> findings = found(Probe{.is_writable = false, .has_modes = false});

    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_EQ(findings[0].severity, Severity::warning);
}

TEST_F(FindingsTest, NameTheKeysThatOthersCanRead) {
    open_all_folders();
    tree.file("storage/envkeep/home/.ssh/id_rsa", open_key, 0644)
        .file("storage/envkeep/home/.ssh/with_passphrase", closed_key, 0644)
        .file("storage/envkeep/home/.ssh/private", open_key, 0600)
        .file("storage/envkeep/home/.ssh/id_rsa.pub", "ssh-rsa AAAA", 0644);

    const std::vector<Finding> findings = found();

    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_EQ(findings[0].id, "store-shared-secrets");
    EXPECT_EQ(findings[0].severity, Severity::warning);
    EXPECT_THAT(findings[0].evidence,
                ElementsAre((tree / "storage/envkeep/home/.ssh/id_rsa") + ": mode 0644"));
    EXPECT_THAT(findings[0].fix.commands,
                ElementsAre("chmod go-rwx " + (tree / "storage/envkeep/home/.ssh/id_rsa")));
    EXPECT_THAT(findings[0].fix.text, HasSubstr("passphrase"));
}

TEST_F(FindingsTest, NameTheTokenFilesThatOthersCanRead) {
    open_all_folders();
    tree.file("storage/envkeep/home/.git-credentials", "https://x", 0644)
        .file("storage/envkeep/home/.netrc", "", 0644)
        .file("storage/envkeep/home/.kaggle/kaggle.json", "{}", 0640)
        .file("storage/envkeep/home/.config/gh/hosts.yml", "oauth_token: x", 0644)
        .file("storage/envkeep/home/.aws/credentials", "x", 0644)
        .file("storage/envkeep/home/.pgpass", "x", 0644)
        .file("storage/envkeep/home/.vimrc", "x", 0644);

    const std::vector<Finding> findings = found();

    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_THAT(findings[0].evidence, SizeIs(5));
}

TEST_F(FindingsTest, KnowThatAClosedFolderProtectsWhatIsInIt) {
    tree.file("storage/envkeep/home/.ssh/id_rsa", open_key, 0644);
    open_all_folders();
    for (const char* const folder :
         {"storage", "storage/envkeep", "storage/envkeep/home", "storage/envkeep/home/.ssh"}) {
        tree.mode(folder, 0700);
        EXPECT_THAT(found(), IsEmpty()) << folder;
        tree.mode(folder, 0755);
        EXPECT_THAT(found(), SizeIs(1)) << folder;
    }
}

TEST_F(FindingsTest, KnowThatTheGroupNeedsItsOwnWay) {
    open_all_folders();
    tree.file("storage/envkeep/home/.ssh/id_rsa", open_key, 0640)
        .mode("storage/envkeep/home/.ssh", 0701);
    EXPECT_THAT(found(), IsEmpty());

    tree.mode("storage/envkeep/home/.ssh", 0710);
    EXPECT_THAT(found(), SizeIs(1));
}

TEST_F(FindingsTest, TellThatATeamReadsWhatIsOnANetwork) {
    captured.mount(tree / "storage", "nfs4");
    tree.file("storage/envkeep/home/.ssh/id_rsa", open_key, 0600);

    const std::vector<Finding> findings = found();

    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_EQ(findings[0].id, "store-shared-secrets");
    EXPECT_EQ(findings[0].severity, Severity::info);
    EXPECT_THAT(findings[0].title, HasSubstr("your team can read"));
    EXPECT_THAT(findings[0].evidence,
                ElementsAre((tree / "storage") + ": mounted as nfs4",
                            tree / "storage/envkeep/home/.ssh/id_rsa"));
}

TEST_F(FindingsTest, TellNothingOfKeysWithAPassphraseOnANetwork) {
    captured.mount(tree / "storage", "nfs4");
    tree.file("storage/envkeep/home/.ssh/id_rsa", closed_key, 0600);

    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(FindingsTest, TellThatTheStoreIsNearlyFull) {
    tree.folder("small");
    const auto mounted = testing::ScopedMount::tmpfs(tree / "small", "size=100k");
    tree.folder("small/envkeep", 0700)
        .mode("small", 0755)
        .file("small/filler", std::string(98'304, 'x'));

    const auto findings =
        store_findings(store_at(tree / "small"), std::nullopt, captured.machine(), files);

    ASSERT_THAT(findings, SizeIs(1));
    EXPECT_EQ(findings[0].id, "store-nearly-full");
    EXPECT_THAT(findings[0].evidence, ElementsAre(HasSubstr("of 100.0 KiB are free")));
}

TEST(LeaseFindings, NameTheSessionsThatDoNotAnswer) {
    const std::vector<LeaseSeen> leases{
        {.lease = {.id = "a", .host = "one"}, .state = LeaseState::live},
        {.lease = {.id = "b", .host = "two"},
         .state = LeaseState::stale,
         .age = std::chrono::seconds(7200)},
        {.lease = {.id = "c", .host = "three"}, .state = LeaseState::dead},
        {.lease = {.id = "d", .host = "four"},
         .state = LeaseState::stale,
         .age = std::chrono::seconds(-7200)}};

    const std::vector<Finding> findings = lease_findings(leases);

    ASSERT_THAT(findings, SizeIs(2));
    EXPECT_EQ(findings[0].id, "lease-stale");
    EXPECT_EQ(findings[0].subject, "two");
    EXPECT_THAT(findings[0].evidence, ElementsAre("lease b: last renewed 2 h ago"));
    EXPECT_THAT(findings[1].evidence, ElementsAre("lease d: its time is 2 h ahead of the store's"));
}

TEST(OpenPrivateKey, IsKnownInEveryFormat) {
    EXPECT_TRUE(is_open_private_key(open_key));
    EXPECT_TRUE(is_open_private_key("-----BEGIN RSA PRIVATE KEY-----\nMIIE"));
    EXPECT_TRUE(is_open_private_key("-----BEGIN PRIVATE KEY-----\nMIIE"));
    EXPECT_TRUE(is_open_private_key("-----BEGIN EC PRIVATE KEY-----\nMHcC"));
    EXPECT_TRUE(is_open_private_key("a note\n-----BEGIN RSA PRIVATE KEY-----\nMIIE"));
    EXPECT_TRUE(
        is_open_private_key("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: me\n"));
}

TEST(OpenPrivateKey, IsNoneThatAPassphraseProtects) {
    EXPECT_FALSE(is_open_private_key(closed_key));
    EXPECT_FALSE(is_open_private_key("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE"));
    EXPECT_FALSE(is_open_private_key(
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n"));
    EXPECT_FALSE(is_open_private_key(
        "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: aes256-cbc\nComment: me\n"));
}

TEST(OpenPrivateKey, IsNothingElse) {
    EXPECT_FALSE(is_open_private_key(""));
    EXPECT_FALSE(is_open_private_key("ssh-rsa AAAA me@host"));
    EXPECT_FALSE(is_open_private_key("-----BEGIN CERTIFICATE-----\nMIIE"));
    EXPECT_FALSE(is_open_private_key("-----BEGIN PUBLIC KEY-----\nMIIE"));
}

}  // namespace
}  // namespace envkeep::store
