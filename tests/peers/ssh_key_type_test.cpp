// SPDX-License-Identifier: MIT
// Servers that take no keys of a type: what a user with such a key is told.
#include "peers/remote_copy.hpp"

#include <gmock/gmock.h>

#include <string>

namespace envkeep::git {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::ids_of;
using ::testing::Not;
using ::testing::StartsWith;
using testing::text_of;

struct RefusedType {
    std::string name;
    std::string accepted;  // PubkeyAcceptedAlgorithms
    std::string shown;     // of the key
};

class KeyOfARefusedType : public envkeep::testing::RemoteCopy,
                          public ::testing::WithParamInterface<RefusedType> {};

TEST_P(KeyOfARefusedType, IsToldWithWhatWasOfferedAndWhatHelps) {
    serve_ssh("PubkeyAcceptedAlgorithms " + GetParam().accepted);
    client_.home.remove(".ssh/id_ed25519");
    ssh_->authorize(client_.make_key("id_" + GetParam().name, {"-t", GetParam().name, "-N", ""}));

    const CopyReport report = bring();

    ASSERT_THAT(ids_of(report), ElementsAre("ssh-key-refused")) << text_of(report);
    const model::Finding& finding = report.findings.front();
    EXPECT_THAT(finding.evidence,
                Contains(AllOf(StartsWith("offered: ~/.ssh/id_" + GetParam().name + " SHA256:"),
                               EndsWith("(" + GetParam().shown + ")"))));
    EXPECT_THAT(finding.evidence,
                Contains("a server may take no keys of such a type, whoever owns them: `ssh-keygen "
                         "-t ed25519` makes one of the type that most take"));
    EXPECT_FALSE(tree_.exists("copy"));
}

INSTANTIATE_TEST_SUITE_P(
    Peers,
    KeyOfARefusedType,
    ::testing::Values(RefusedType{"rsa", "ssh-ed25519", "ssh-rsa"},
                      RefusedType{"rsa", "ssh-rsa", "ssh-rsa"},
                      RefusedType{"ecdsa", "ssh-ed25519,rsa-sha2-512", "ecdsa-sha2-nistp256"}),
    [](const auto& test) { return test.param.name + std::to_string(test.index); });

class KeyOfAnotherUser : public envkeep::testing::RemoteCopy {};

TEST_F(KeyOfAnotherUser, IsNotBlamedForItsType) {
    serve_ssh();
    client_.home.remove(".ssh/id_ed25519").remove(".ssh/id_ed25519.pub");
    client_.make_key("id_ed25519", {"-t", "ed25519", "-N", ""});

    const CopyReport report = bring();

    ASSERT_THAT(ids_of(report), ElementsAre("ssh-key-refused")) << text_of(report);
    EXPECT_THAT(text_of(report), Not(HasSubstr("of such a type")));
}

}  // namespace
}  // namespace envkeep::git
