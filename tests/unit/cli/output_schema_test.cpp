// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "support/child.hpp"
#include "support/mounts.hpp"
#include "unit/cli/command_line.hpp"
#include "unit/cli/golden.hpp"
#include "unit/cli/json_schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace envkeep::cli {
namespace {

using testing::Answer;
using testing::CommandLine;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::JsonSchema;

using Words = std::vector<std::string>;

class OutputSchema : public ::testing::Test {
  protected:
    // Runs it with --json, holds the document against its part of the schema and against the whole,
    // and gives it.
    Json document(Words words, std::string definition) {
        words.emplace_back("--json");
        const Answer answer = command_line_.run(words);
        EXPECT_EQ(answer.err, "");
        const Result<Json> parsed = Json::parse(answer.out);
        if (!parsed) {
            ADD_FAILURE() << words.front() << " printed no document: " << answer.out;
            return {};
        }
        std::ranges::replace(definition, ' ', '_');
        EXPECT_THAT(schema_.faults_of(*parsed, definition), IsEmpty()) << answer.out;
        EXPECT_THAT(schema_.faults_of(*parsed), IsEmpty()) << answer.out;
        EXPECT_EQ(parsed->number_or("exit", -1), answer.status) << answer.out;
        seen_.insert(parsed->text_or("command", ""));
        return *parsed;
    }

    // The definition bears the command's name.
    Json document_of(const std::string& command, const Words& more = {}) {
        Words words;
        std::string rest = command;
        if (const std::size_t space = command.find(' '); space != std::string::npos) {
            words.push_back(command.substr(0, space));
            rest = command.substr(space + 1);
        }
        words.push_back(rest);
        words.insert(words.end(), more.begin(), more.end());
        return document(words, command);
    }

    JsonSchema schema_{*Json::parse(
        testing::content_of(std::string(ENVKEEP_SOURCE_DIR) + "/docs/schema/output.schema.json"))};
    CommandLine command_line_;
    std::set<std::string> seen_;
};

std::size_t size_of(const Json& document, std::string_view member) {
    const Json* const list = document.find(member);
    return list == nullptr || list->as_array() == nullptr ? 0 : list->as_array()->size();
}

TEST_F(OutputSchema, DescribesWhatEveryCommandPrints) {
    testing::TempTree etc;
    etc.folder("profile.d")
        .file("bash.bashrc", "# ours\n")
        .file("passwd", "root:x:0:0::" + (command_line_.tree / "home") + ":/bin/sh\n");
    testing::in_child([&] {
        const auto mount = testing::ScopedMount::bind("/etc", etc.path());
        testing::TempTree& tree = command_line_.tree;
        tree.file("home/.ssh/id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\n", 0644);
        tree.file("home/.condarc", "channels: []\n");

        document_of("init", {"--template", "container", "--adopt", ".ssh"});
        document_of("init");
        document_of("adopt", {".condarc"});
        tree.file("storage/envkeep/manifest.yaml",
                  "envkeep: 1\nkeep: [.ssh, .condarc, {path: .netrc, how: copy}]\n");
        tree.file("storage/envkeep/home/.netrc", "theirs\n").file("home/.netrc", "mine\n");
        EXPECT_EQ(size_of(document_of("plan"), "conflicts"), 1U);
        document_of("verify");
        document_of("restore");
        EXPECT_GT(size_of(document_of("restore", {"--take", "home", ".netrc"}), "actions"), 0U);
        EXPECT_GT(size_of(document_of("status"), "keeps"), 1U);
        EXPECT_GT(size_of(document_of("log"), "runs"), 1U);
        document_of("undo");
        document_of("save");
        const std::string manifest = tree.content("storage/envkeep/manifest.yaml");
        tree.file("storage/envkeep/manifest.yaml",
                  "envkeep: 1\nrepos: [{url: /no/such/repository, dir: lib}]\n");
        EXPECT_EQ(size_of(document_of("sync"), "repositories"), 1U);
        // What this machine itself has changed is no matter of this test.
        tree.file("storage/envkeep/manifest.yaml", manifest + "snapshot: {exclude: \"*\"}\n");
        document_of("snapshot", {"-m", "for the schema"});
        EXPECT_EQ(size_of(document_of("snapshots"), "snapshots"), 1U);
        EXPECT_NE(document_of("plan", {"--at", "2"}).find("snapshot")->as_object(), nullptr);
        document_of("verify", {"--deep"});
        document_of("diff");
        document_of("diff", {"--export", "apt"});
        document_of("wait");
        EXPECT_NE(document_of("doctor", {"--facts"}).find("facts"), nullptr);
        document_of("gc", {"--dry-run"});
        tree.file("storage/envkeep/manifest.yaml", manifest);
        document_of("env");
        document_of("gc", {"--backups", "--older-than", "0s"});
        document_of("manifest check");
        document_of("manifest schema");
        document_of("manifest show");
        document_of("hook print", {"--for", "profile"});
        document_of("hook remove");
        document_of("hook install");
        document_of("release", {".ssh"});
        document_of("completion", {"fish"});
        document_of("version");
        document_of("uninstall");

        for (const Command* command : all_commands()) {
            EXPECT_TRUE(seen_.contains(std::string(command->name))) << command->name;
        }
    });
}

TEST_F(OutputSchema, DescribesErrors) {
    for (const Command* command : all_commands()) {
        Words words{"--no-such-flag"};
        words.insert(words.begin(), std::string(command->name.substr(command->name.find(' ') + 1)));
        if (!command->family().empty()) {
            words.insert(words.begin(), std::string(command->family()));
        }
        const Json failed = document(words, "failed");
        EXPECT_EQ(failed.number_or("exit", 0), 2);
        EXPECT_EQ(failed.text_or("command", ""), command->name);
    }
    EXPECT_EQ(document({"no-such-command"}, "failed").text_or("command", "?"), "");
    EXPECT_EQ(document({"status"}, "failed").number_or("exit", 0), 4);
}

TEST_F(OutputSchema, DescribesABrokenManifest) {
    static_cast<void>(command_line_.run({"init", "--template", "container"}));
    command_line_.tree.file("storage/envkeep/manifest.yaml", "envkeep: 1\nkepe: [.ssh]\n");

    for (const char* const command : {"restore", "plan", "verify", "status", "env"}) {
        const Json broken = document_of(command);
        EXPECT_EQ(broken.number_or("exit", 0), 2) << command;
        EXPECT_EQ(size_of(broken, "problems"), 1U) << command;
    }
    EXPECT_EQ(size_of(document_of("manifest check"), "problems"), 1U);
    EXPECT_EQ(size_of(document_of("manifest show"), "problems"), 1U);
}

TEST_F(OutputSchema, DescribesDamagedSnapshots) {
    static_cast<void>(command_line_.run({"init", "--template", "container"}));
    command_line_.tree.file("storage/envkeep/refs/debian-12/000001",
                            "20261129T193057Z-48c572a36f\n");

    const Json damaged = document_of("snapshots");

    EXPECT_EQ(damaged.number_or("exit", 0), 1);
    EXPECT_EQ(size_of(damaged, "problems"), 1U);
    EXPECT_THAT(command_line_.run({"snapshots"}).out,
                ::testing::Not(HasSubstr("there is no snapshot yet")));
}

TEST_F(OutputSchema, BringsEveryNameThroughWhole) {
    static_cast<void>(command_line_.run({"init", "--template", "container"}));
    command_line_.tree.file("storage/envkeep/manifest.yaml", "envkeep: 1\nkeep: [.x]\n")
        .folder("storage/envkeep/home/.x")
        .file("home/.x/caf\xe9\\y");

    const Json planned = document_of("plan");

    ASSERT_GT(size_of(planned, "actions"), 0U);
    const Json& seed = planned.find("actions")->as_array()->front();
    EXPECT_THAT(seed.text_or("from", ""), ::testing::EndsWith(R"(/home/.x/caf\xe9\x5cy)"));
    EXPECT_THAT(seed.text_or("subject", ""), HasSubstr(R"(caf\xe9\y)"));
}

TEST_F(OutputSchema, IsBrokenIntoLinesOnATerminalOnly) {
    EXPECT_EQ(command_line_.run({"version", "--json"}).out.find("\n"),
              command_line_.run({"version", "--json"}).out.size() - 1);
    command_line_.terminal_width = 80;
    EXPECT_THAT(command_line_.run({"version", "--json"}).out, HasSubstr("\n  \"command\""));
}

}  // namespace
}  // namespace envkeep::cli
