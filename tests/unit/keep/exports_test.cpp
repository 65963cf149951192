// SPDX-License-Identifier: MIT
#include "envkeep/keep/exports.hpp"

#include "support/temp_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <map>

namespace envkeep::keep {
namespace {

using manifest::Variable;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

using Exports = std::vector<std::pair<std::string, std::string>>;
using Environment = std::map<std::string, std::string, std::less<>>;

Exports exports_of(std::vector<Variable> variables, const Environment& now = {}) {
    manifest::Manifest manifest;
    manifest.environment = std::move(variables);
    return make_exports(manifest, [&](std::string_view name) -> std::optional<std::string> {
        const auto at = now.find(name);
        return at == now.end() ? std::nullopt : std::optional(at->second);
    });
}

Variable set(std::string name, std::string value) {
    Variable variable;
    variable.name = std::move(name);
    variable.value = std::move(value);
    return variable;
}

Variable prepend(std::string name, std::vector<std::string> items) {
    Variable variable;
    variable.name = std::move(name);
    variable.prepend = std::move(items);
    return variable;
}

Variable append(std::string name, std::vector<std::string> items) {
    Variable variable;
    variable.name = std::move(name);
    variable.append = std::move(items);
    return variable;
}

TEST(Exports, SetAValue) {
    EXPECT_THAT(exports_of({set("HF_HOME", "/storage/hf")}, {{"HF_HOME", "/old"}}),
                ElementsAre(Pair("HF_HOME", "/storage/hf")));
}

TEST(Exports, HideNoProgramWherePathIsUnset) {
    EXPECT_THAT(exports_of({prepend("PATH", {"/a"})}),
                ElementsAre(Pair(
                    "PATH", "/a:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")));
    EXPECT_THAT(exports_of({prepend("MANPATH", {"/a"})}), ElementsAre(Pair("MANPATH", "/a")));
}

TEST(Exports, LeaveAValueAsItIsWritten) {
    EXPECT_THAT(exports_of({set("A", ":x::y:")}), ElementsAre(Pair("A", ":x::y:")));
}

TEST(Exports, PutBeforeAndBehindWhatIsThere) {
    Variable both = prepend("PATH", {"/a", "/b"});
    both.append = {"/z"};

    EXPECT_THAT(exports_of({both}, {{"PATH", "/bin:/usr/bin"}}),
                ElementsAre(Pair("PATH", "/a:/b:/bin:/usr/bin:/z")));
}

TEST(Exports, AddNothingTwice) {
    Variable both = prepend("PATH", {"/a", "/a"});
    both.append = {"/z"};
    const Exports once = exports_of({both}, {{"PATH", "/bin"}});

    EXPECT_EQ(exports_of({both}, {{"PATH", once[0].second}}), once);
}

TEST(Exports, BringWhatIsToBeFirstToTheFront) {
    EXPECT_THAT(exports_of({prepend("PATH", {"/a"})}, {{"PATH", "/bin:/a"}}),
                ElementsAre(Pair("PATH", "/a:/bin")));
}

TEST(Exports, LeaveWhatIsToBeLastWhereItStands) {
    EXPECT_THAT(exports_of({append("PATH", {"/a"})}, {{"PATH", "/a:/bin"}}),
                ElementsAre(Pair("PATH", "/a:/bin")));
}

TEST(Exports, LeaveNoColonWhereNothingWas) {
    EXPECT_THAT(exports_of({prepend("LD_LIBRARY_PATH", {"/a"})}),
                ElementsAre(Pair("LD_LIBRARY_PATH", "/a")));
    EXPECT_THAT(exports_of({append("LD_LIBRARY_PATH", {"/a"})}, {{"LD_LIBRARY_PATH", ""}}),
                ElementsAre(Pair("LD_LIBRARY_PATH", "/a")));
}

TEST(Exports, LeaveEmptyPartsOfTheUsersAlone) {
    EXPECT_THAT(exports_of({prepend("MANPATH", {"/a"})}, {{"MANPATH", "/man:"}}),
                ElementsAre(Pair("MANPATH", "/a:/man:")));
}

TEST(Exports, TakeSeveralEntriesOfOneNameInTheirOrder) {
    EXPECT_THAT(exports_of({set("A", "1"), set("B", "2"), append("A", {"3"})}),
                ElementsAre(Pair("A", "1:3"), Pair("B", "2")));
}

TEST(Exports, LeaveOutWhatNoShellCanTake) {
    EXPECT_THAT(exports_of({set("A B", "1"),
                            set("1A", "1"),
                            set("", "1"),
                            set("A;reboot", "1"),
                            set("UID", "0"),
                            set("OPTIND", "abc"),
                            set("SHELLOPTS", "errexit"),
                            set("A", std::string("a\0b", 3))}),
                IsEmpty());
    EXPECT_EQ(exports_text({{"A;reboot", "1"}}), "");
}

TEST(Exports, AreOneLineEach) {
    EXPECT_EQ(exports_text({{"A", "x y"}, {"B", ""}}), "export A='x y'\nexport B=''\n");
}

TEST(WholeExports, AreWhatWasWritten) {
    for (const Exports& exports : {Exports{},
                                   Exports{{"A", "x y"}, {"B", ""}, {"C", "it's\nover lines"}},
                                   Exports{{"A", "'"}, {"B", "\\'"}, {"C", "=\nexport D=1\n"}}}) {
        EXPECT_EQ(whole_exports(exports_text(exports)), exports_text(exports));
    }
}

TEST(WholeExports, AreNothingOfWhatWasCutOrIsSomethingElse) {
    const std::string whole = exports_text({{"A", "x y"}, {"B", "it's"}});
    for (std::size_t size = 1; size < whole.size(); ++size) {
        const std::string first = exports_text({{"A", "x y"}});
        EXPECT_EQ(whole_exports(whole.substr(0, size)), size == first.size() ? first : "");
    }
    for (const std::string text :
         {"reboot\n", "export A=$(id)\n", "export A=b; id\n", "export UID=0\n", "\xff\n"}) {
        EXPECT_EQ(whole_exports(text), "") << text;
    }
}

// What a shell prints that runs the script.
std::string printed_by(const std::string& shell, const std::string& script) {
    std::FILE* const pipe = ::popen(("env -i " + shell + " " + script).c_str(), "r");
    std::string printed;
    std::array<char, 4096> buffer{};
    for (std::size_t got = 0; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
        printed.append(buffer.data(), got);
    }
    ::pclose(pipe);
    return printed;
}

// Prints what the variable is after the exports were read, in a shell of its own.
std::string reading(const std::string& exports, const std::string& name) {
    return "(eval \"$(cat " + exports + ")\"; exec printenv " + name + ")\n";
}

class ExportsInShell : public ::testing::TestWithParam<std::string> {};

// zsh is tried where it is installed; dash and bash are part of Debian.
std::vector<std::string> shells() {
    std::vector<std::string> all{"dash", "bash", "bash --posix"};
    if (std::filesystem::exists("/usr/bin/zsh")) {
        all.insert(all.end(), {"zsh -f", "zsh -f -o RC_QUOTES"});
    }
    return all;
}

TEST_P(ExportsInShell, ComeThroughWithEveryByte) {
    std::string value;
    for (int byte = 1; byte < 256; ++byte) {
        value += static_cast<char>(byte);
    }
    value += "''\\'\\''$(touch /tmp/x)`id`${HOME}\n!";

    envkeep::testing::TempTree tree;
    tree.file("exports.sh", exports_text({{"A", value}}))
        .file("script", reading(tree / "exports.sh", "A"));

    EXPECT_EQ(printed_by(GetParam(), tree / "script"), value + "\n");
}

// A shell ends at a variable that it does not let be set, or sees no more of the text.
TEST_P(ExportsInShell, SetNothingThatAShellRefuses) {
    envkeep::testing::TempTree tree;
    std::string script;
    std::string wanted;
    for (const char* const name :
         {"ARGC",     "BASHOPTS", "BASH_VERSINFO", "EGID",      "EUID",       "GID",
          "GROUPS",   "HISTCMD",  "LINENO",        "OPTIND",    "PPID",       "PS1",
          "RANDOM",   "SECONDS",  "SHLVL",         "SHELLOPTS", "SRANDOM",    "TERM",
          "UID",      "_",        "argv",          "cdpath",    "fignore",    "fpath",
          "mailpath", "manpath",  "module_path",   "path",      "pipestatus", "psvar",
          "status"}) {
        for (const char* const value : {"abc", "/x:/y"}) {
            const std::string title = std::string(name) + "=" + value;
            const std::string file = std::to_string(wanted.size());
            tree.file(file, exports_text(exports_of({set(name, value), set("A", "1")})));
            script += "echo '" + title + "'\n" + reading(tree / file, "A");
            wanted += title + "\n1\n";
        }
    }

    tree.file("script", script);
    EXPECT_EQ(printed_by(GetParam(), tree / "script"), wanted);
}

INSTANTIATE_TEST_SUITE_P(Shells, ExportsInShell, ::testing::ValuesIn(shells()));

}  // namespace
}  // namespace envkeep::keep
