// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/completion_words.hpp"
#include "unit/cli/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <sstream>

namespace envkeep::cli {
namespace {

using ::testing::AllOf;
using testing::CommandLine;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

using Lines = std::vector<std::string>;

// What a shell prints, line by line.
Lines lines_of(const std::string& command) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"),
                                                               ::pclose);
    std::string text;
    std::array<char, 4096> buffer{};
    while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) {
        text.append(buffer.data(), count);
    }
    std::istringstream stream(text);
    Lines lines;
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    return lines;
}

// What `envkeep completion SHELL` prints: made once, it takes longer than most of what is asked of
// it.
const std::string& script_for(const std::string& shell) {
    static std::map<std::string, std::string> made;
    std::string& script = made[shell];
    if (script.empty()) {
        script = CommandLine().run({"completion", shell}).out;
    }
    return script;
}

// Where compinit writes down what it found in zsh's own thousand files, which it reads byte by
// byte: once a process.
const std::string& dump_of_zsh() {
    static const testing::TempTree folder;
    static const std::string path = folder / "dump";
    return path;
}

// The real shell with the real script, in a folder with some files.
class Completion : public ::testing::Test {
  protected:
    Completion() {
        for (const char* const shell : {"bash", "zsh", "fish"}) {
            command_line_.tree.file(std::string("completion.") + shell, script_for(shell));
        }
        command_line_.tree.folder("here/folder").file("here/file").file("here/a b");
        command_line_.tree.folder("home/.config").file("home/.vimrc").file("home/a b");
    }

    [[nodiscard]] std::string path(const std::string& name) const {
        return command_line_.tree / name;
    }

    // Runs a script of that shell and gives what it printed.
    [[nodiscard]] Lines run(const std::string& shell, const std::string& script) {
        command_line_.tree.file("script", script);
        return lines_of("cd '" + path("here") + "' && HOME='" + path("home") + "' timeout 60 " +
                        shell + " '" + path("script") + "' 2>&1");
    }

    // What bash would offer for the last word.
    [[nodiscard]] Lines bash(const std::string& words) {
        return run("bash --norc",
                   ". '" + path("completion.bash") + "'\nCOMP_WORDS=(" + words +
                       ")\nCOMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))\n_envkeep\n"
                       "(( ${#COMPREPLY[@]} == 0 )) || printf '%s\\n' \"${COMPREPLY[@]}\"\n");
    }

    [[nodiscard]] Lines fish(const std::string& line) {
        Lines words = run("fish --no-config",
                          "source '" + path("completion.fish") + "'\ncomplete -C '" + line + "'\n");
        for (std::string& word : words) {
            word = word.substr(0, word.find('\t'));
        }
        return words;
    }

    // zsh completes only in a terminal: one of its own types the line and a tab, and shows what
    // would be inserted.
    [[nodiscard]] Lines zsh(const std::string& line) {
        command_line_.tree.file("zdot/.zshrc",
                                "autoload -Uz compinit && compinit -u -d '" + dump_of_zsh() +
                                    "'\nsource '" + path("completion.zsh") +
                                    "'\n"
                                    "bindkey '^I' complete-word\n"
                                    "zstyle ':completion:*' list-grouped false\n"
                                    "zstyle ':completion:*' insert-tab false\n"
                                    "zstyle ':completion:*' format ''\n"
                                    // Every candidate goes to a file instead of the screen.
                                    "compadd() {\n"
                                    "  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin "
                                    "compadd \"$@\"; return; fi\n"
                                    "  local -a found\n"
                                    "  builtin compadd -A found \"$@\"\n"
                                    "  print -l -- $found >> '" +
                                    path("zdot/found") +
                                    "'\n"
                                    "  builtin compadd \"$@\"\n"
                                    "}\n"
                                    "PROMPT=READY\n");
        const Lines shown = run("zsh -f",
                                "zmodload zsh/zpty\n"
                                "zpty -b z \"ZDOTDIR='" +
                                    path("zdot") +
                                    "' zsh -i -d\"\n"
                                    "zpty -r z out '*READY*'\n"
                                    "zpty -w -n z $'" +
                                    line +
                                    "\\t\\C-a\\C-kprint DONE$((1+1))\\n'\n"
                                    "zpty -r z out '*DONE2*'\n"
                                    "zpty -d z\n"
                                    "cat '" +
                                    path("zdot/found") + "' 2>/dev/null\n");
        return shown;
    }

    CommandLine command_line_;
};

Lines all_first_words() {
    Lines words;
    for (const Candidate& candidate : candidates()) {
        words.emplace_back(candidate.word);
    }
    return words;
}

TEST_F(Completion, OfBashKnowsEveryCommand) {
    EXPECT_EQ(bash("envkeep ''"), all_first_words());
    EXPECT_THAT(bash("envkeep re"), ElementsAre("restore", "release"));
    EXPECT_THAT(bash("envkeep --store / re"), ElementsAre("restore", "release"));
    // As bash splits '--store=/'.
    EXPECT_THAT(bash("envkeep --store = / re"), ElementsAre("restore", "release"));
}

TEST_F(Completion, OfBashKnowsTheSecondWordOfAFamily) {
    EXPECT_THAT(bash("envkeep manifest ''"), ElementsAre("check", "schema", "show"));
    EXPECT_THAT(bash("envkeep hook --json in"), ElementsAre("install"));
}

TEST_F(Completion, OfBashKnowsWhatThereIsHelpOn) {
    EXPECT_THAT(bash("envkeep he"), ElementsAre("help"));
    EXPECT_THAT(bash("envkeep help ''"),
                AllOf(Contains("exit-codes"),
                      Contains("restore"),
                      Contains("manifest"),
                      Not(Contains("help"))));
    EXPECT_THAT(bash("envkeep --vers"), ElementsAre("--version"));
    EXPECT_THAT(bash("envkeep help pl"), UnorderedElementsAre("plan", "platforms"));
}

TEST_F(Completion, OfBashKnowsTheFlagsOfEachCommand) {
    for (const Command* command : all_commands()) {
        const Lines offered = bash("envkeep " + std::string(command->name) + " --");
        for (const Flag* flag : flags_of(*command)) {
            EXPECT_THAT(offered, Contains(std::string(flag->name))) << command->name;
        }
        EXPECT_EQ(offered.size(), flags_of(*command).size()) << command->name;
    }
    EXPECT_THAT(bash("envkeep --no"), ElementsAre("--no-network"));
}

TEST_F(Completion, OfBashKnowsValuesAndPaths) {
    EXPECT_THAT(bash("envkeep restore --take ''"), ElementsAre("home", "store"));
    EXPECT_THAT(bash("envkeep completion ''"), ElementsAre("bash", "zsh", "fish"));
    EXPECT_THAT(bash("envkeep plan --store ''"), ElementsAre("folder"));
    EXPECT_THAT(bash("envkeep plan --store = fo"), ElementsAre("folder"));
    EXPECT_THAT(bash("envkeep plan --store ="), ElementsAre("folder"));
    EXPECT_THAT(bash("envkeep adopt ''"),
                UnorderedElementsAre(".config/", ".envkeep-state/", ".vimrc", "a b"));
    EXPECT_THAT(bash("envkeep release .v"), ElementsAre(".vimrc"));
    EXPECT_THAT(bash("envkeep adopt '" + path("here/f") + "'"),
                UnorderedElementsAre(path("here/file"), path("here/folder")));
    EXPECT_THAT(bash("envkeep undo ''"), IsEmpty());
}

TEST_F(Completion, OfFishKnowsEveryCommand) {
    const Lines offered = fish("envkeep ");
    for (const std::string& word : all_first_words()) {
        EXPECT_THAT(offered, Contains(word));
    }
    EXPECT_THAT(fish("envkeep --store / rest"), ElementsAre("restore"));
    EXPECT_THAT(fish("envkeep manifest "), UnorderedElementsAre("check", "schema", "show"));
}

TEST_F(Completion, OfFishKnowsFlagsValuesAndPaths) {
    EXPECT_THAT(fish("envkeep restore --ta"), ElementsAre("--take"));
    EXPECT_THAT(fish("envkeep plan --ta"), IsEmpty());
    EXPECT_THAT(fish("envkeep plan --js"), ElementsAre("--json"));
    EXPECT_THAT(fish("envkeep restore --take "), UnorderedElementsAre("home", "store"));
    EXPECT_THAT(fish("envkeep hook print --for pro"), ElementsAre("profile"));
    EXPECT_THAT(fish("envkeep adopt .con"), ElementsAre(".config/"));
    EXPECT_THAT(fish("envkeep release .v"), ElementsAre(".vimrc"));
    EXPECT_THAT(fish("envkeep plan --manifest fi"), ElementsAre("file"));
    EXPECT_THAT(fish("envkeep completion "), UnorderedElementsAre("bash", "zsh", "fish"));
}

TEST_F(Completion, OfFishKnowsWhatThereIsHelpOn) {
    EXPECT_THAT(fish("envkeep he"), ElementsAre("help"));
    EXPECT_THAT(fish("envkeep help pl"), UnorderedElementsAre("plan", "platforms"));
    EXPECT_THAT(fish("envkeep --vers"), ElementsAre("--version"));
}

TEST_F(Completion, OfZshKnowsWhatThereIsHelpOn) {
    EXPECT_THAT(zsh("envkeep he"), Contains("help"));
    EXPECT_THAT(zsh("envkeep help pl"), AllOf(Contains("plan"), Contains("platforms")));
    EXPECT_THAT(zsh("envkeep --vers"), Contains("--version"));
}

TEST_F(Completion, OfZshKnowsEveryCommand) {
    const Lines offered = zsh("envkeep ");
    for (const std::string& word : all_first_words()) {
        EXPECT_THAT(offered, Contains(word));
    }
}

TEST_F(Completion, OfZshKnowsTheSecondWordOfAFamily) {
    EXPECT_THAT(
        zsh("envkeep manifest "),
        AllOf(Contains("check"), Contains("schema"), Contains("show"), Not(Contains("restore"))));
}

TEST_F(Completion, OfZshKnowsFlags) {
    EXPECT_THAT(zsh("envkeep restore --"), AllOf(Contains("--start"), Contains("--json")));
}

TEST_F(Completion, OfZshKnowsValues) {
    EXPECT_THAT(zsh("envkeep hook print --for "),
                AllOf(Contains("pre-run"), Contains("notebook-cell")));
}

TEST_F(Completion, OfZshKnowsPaths) {
    EXPECT_THAT(zsh("envkeep adopt ."), AllOf(Contains(".vimrc"), Contains(".config")));
    EXPECT_THAT(zsh("envkeep plan --manifest "), AllOf(Contains("file"), Contains("a b")));
}

}  // namespace
}  // namespace envkeep::cli
