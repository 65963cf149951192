// SPDX-License-Identifier: MIT
#include "cli/man_page.hpp"

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/globals.hpp"
#include "cli/help.hpp"
#include "cli/topics.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <array>
#include <cctype>

namespace envkeep::cli {
namespace {

// Letters that roff reads as something else, or shows as another that no shell takes for its own.
constexpr std::string_view special = "\\-'\"`^~";
constexpr std::array<std::string_view, special.size()> escapes{
    "\\e", "\\-", "\\(aq", "\\(dq", "\\(ga", "\\(ha", "\\(ti"};

std::string roff(std::string_view text) {
    std::string out = text.starts_with('.') ? "\\&" : "";
    for (const char letter : text) {
        const std::size_t at = special.find(letter);
        out += at == std::string_view::npos ? std::string_view(&letter, 1) : escapes.at(at);
    }
    return out;
}

std::string sentence(std::string_view text) {
    std::string out(text);
    out.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(out.front())));
    return out;
}

std::string flags_text(std::span<const Flag> flags) {
    std::string out;
    for (const Flag& flag : flags) {
        out += fmt::format(".TP\n.B {}\n{}\n", roff(label_of(flag)), roff(flag.help));
    }
    return out;
}

std::string command_text(const Command& command) {
    std::string out = fmt::format(".SS {}\n.B {}\n.PP\n{}. {}\n",
                                  roff(command.name),
                                  roff(synopsis_of(command)),
                                  roff(sentence(command.summary)),
                                  roff(command.details));
    out += flags_text(command.flags);
    out += ".PP\nExit status:\n";
    for (const ExitUse& use : command.exits) {
        out += fmt::format(".TP\n.B {}\n{}\n", use.code, roff(use.meaning));
    }
    out += ".PP\nExamples:\n";
    for (const Example& example : command.examples) {
        out += fmt::format(".TP\n.B {}\n{}\n", roff(example.line), roff(example.meaning));
    }
    return out;
}

// As it stands, line for line.
std::string topic_part(const Topic& topic) {
    std::string out =
        fmt::format(".SS {}\n{}.\n.PP\n.nf\n", roff(topic.name), roff(sentence(topic.title)));
    const std::string text = topic_body(topic);
    for (const std::string_view line :
         split(std::string_view(text).substr(1, text.size() - 2), '\n')) {
        out += line.empty() ? ".sp\n" : roff(line) + "\n";
    }
    return out + ".fi\n";
}

// The page has the exit statuses in a part of their own.
bool has_part(const Topic& topic) {
    return topic.name != "man" && topic.name != "exit-codes";
}

constexpr std::string_view files = R"(.TP
.B STORE/envkeep/manifest.yaml
what is kept; yours to edit
.TP
.B STORE/envkeep/home/
the store's side of what is kept
.TP
.B STORE/envkeep/off
if it exists, the start line does nothing
.TP
.B STORE/pre\-run.sh
the platform's start script, with one line of envkeep's
.TP
.B \(ti/.envkeep\-aside/
what stood in the way, until the container ends
)";

}  // namespace

std::string man_page() {
    std::string out =
        ".TH ENVKEEP 1\n.nh\n.SH NAME\nenvkeep \\- bring a notebook container up identical at each "
        "start\n.SH SYNOPSIS\n.B envkeep\n.I COMMAND\n[FLAGS] [OPERANDS]\n.SH DESCRIPTION\n"
        "The container of a rented notebook forgets: only one folder survives, the store. envkeep "
        "links and copies what a manifest in the store names into each new home, sets modes and "
        "variables, and loses nothing on the way: what stands in the way is moved aside, and\n"
        ".B envkeep undo\nbrings it back.\n.SH COMMANDS\n";
    for (const Command* command : all_commands()) {
        out += command_text(*command);
    }
    out += ".SH FLAGS OF EVERY COMMAND\n" + flags_text(global_flags());
    out += ".SH EXIT STATUS\n";
    for (const ExitCode& code : exit_codes()) {
        out += fmt::format(".TP\n.B {}\n{}\n", code.code, roff(code.meaning));
    }
    out += ".SH TOPICS\n";
    for (const Topic& topic : all_topics()) {
        out += has_part(topic) ? topic_part(topic) : std::string();
    }
    return out + ".SH FILES\n" + std::string(files);
}

}  // namespace envkeep::cli
