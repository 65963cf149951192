// SPDX-License-Identifier: MIT
#include "cli/words.hpp"

#include "cli/commands.hpp"
#include "cli/topics.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::cli {
namespace {

Error usage(std::string message, std::string hint = {}) {
    return {.kind = ErrorKind::usage, .message = std::move(message), .hint = std::move(hint)};
}

// The word behind one that is misspelt may be its value.
bool is_of_no_command(const std::vector<std::string>& words) {
    if (words.empty()) {
        return false;
    }
    const std::string_view name =
        std::string_view(words.front()).substr(0, words.front().find('='));
    return std::ranges::none_of(all_commands(), [&](const Command* command) {
        return std::ranges::any_of(command->flags, [&](const Flag& flag) {
            return flag.name == name || flag.letter == name;
        });
    });
}

Error unknown_flag(std::string_view word) {
    const std::string_view name = word.substr(0, word.find('='));
    std::vector<std::string_view> known;
    for (const Flag& flag : global_flags()) {
        known.push_back(flag.name);
    }
    const std::string_view near = nearest(name, known);
    return usage(fmt::format("there is no flag {}", quoted(name)),
                 near.empty() ? "see 'envkeep --help'" : fmt::format("did you mean '{}'?", near));
}

class WordReader {
  public:
    explicit WordReader(std::span<const std::string> arguments) : arguments_(arguments) {}

    Words read() && {
        while (next_ < arguments_.size() && !words_.error) {
            take(arguments_[next_++]);
        }
        if (!words_.error) {
            check_the_whole();
        } else if (std::ranges::find(arguments_, "--json") != arguments_.end()) {
            words_.globals.json = true;
        }
        return std::move(words_);
    }

  private:
    void take(const std::string& word) {
        if (word == "--") {
            words_.operands.assign(arguments_.begin() + static_cast<std::ptrdiff_t>(next_),
                                   arguments_.end());
            next_ = arguments_.size();
        } else if (word.size() > 1 && word.front() == '-') {
            take_flag(word);
        } else if (words_.command == nullptr) {
            take_command(word);
        } else {
            words_.rest.push_back(word);
        }
    }

    void take_command(const std::string& word) {
        if (word == "help" && words_.family.empty()) {
            words_.wants_help = true;
            return;
        }
        const bool is_first = words_.family.empty() && words_.topic.empty();
        if (words_.wants_help && is_first && is_topic(word)) {
            words_.topic = word;
        }
        const std::string name = words_.family.empty() ? word : words_.family + " " + word;
        words_.command = find_command(name);
        if (words_.command == nullptr && words_.family.empty() && is_family(word)) {
            words_.family = word;
        } else if (words_.command == nullptr && words_.topic != word) {
            words_.error = words_.wants_help && is_first   ? unknown_topic(word)
                           : is_of_no_command(words_.rest) ? unknown_flag(words_.rest.front())
                                                           : unknown_command(words_.family, word);
        }
    }

    void take_flag(const std::string& word) {
        const std::size_t equals = word.find('=');
        const std::string_view name = std::string_view(word).substr(0, equals);
        const auto flags = global_flags();
        const auto flag = std::ranges::find_if(
            flags, [&](const Flag& one) { return one.name == name || one.letter == name; });
        if (name == "--version") {
            words_.command = &version_command;
        } else if (flag == flags.end()) {
            words_.rest.push_back(word);
        } else if (flag->value.empty()) {
            if (equals != std::string::npos) {
                words_.error = usage(fmt::format("'{}' takes no value", name));
            }
            set(flag->name);
        } else if (equals != std::string::npos) {
            set(flag->name, word.substr(equals + 1));
        } else if (next_ < arguments_.size()) {
            set(flag->name, arguments_[next_++]);
        } else {
            set(flag->name, {});
        }
    }

    void set(std::string_view name) {
        if (name == "--json") {
            words_.globals.json = true;
        } else if (name == "--verbose") {
            words_.globals.verbose = true;
        } else if (name == "--quiet") {
            words_.globals.quiet = true;
        } else if (name == "--no-network") {
            words_.globals.options.no_network = true;
        } else {
            words_.wants_help = true;
        }
    }

    void set(std::string_view name, std::string value) {
        engine::Options& options = words_.globals.options;
        std::optional<std::string>& target = name == "--store"      ? options.store
                                             : name == "--home"     ? options.home
                                             : name == "--manifest" ? options.manifest
                                                                    : options.root;
        if (value.empty()) {
            words_.error = usage(fmt::format("'{}' needs a value", name));
        } else if (target && *target != value) {
            words_.error = usage(fmt::format("'{}' is given twice", name));
        }
        target = std::move(value);
    }

    void check_the_whole() {
        const Globals& globals = words_.globals;
        if (words_.wants_help) {
            return;
        }
        if (words_.command == nullptr && !words_.family.empty()) {
            words_.error = unknown_command(words_.family, {});
            words_.error->message = fmt::format("'{}' needs one word more", words_.family);
        } else if (words_.command == nullptr && !words_.rest.empty()) {
            words_.error =
                is_of_no_command(words_.rest)
                    ? unknown_flag(words_.rest.front())
                    : usage(fmt::format("{} stands before no command", quoted(words_.rest.front())),
                            "see 'envkeep --help'");
        } else if (words_.command == nullptr && globals.json) {
            words_.error = usage("'--json' stands before no command",
                                 "such as: envkeep status --json; help is text always");
        } else if (globals.verbose && globals.quiet) {
            words_.error = usage("'--verbose' and '--quiet' exclude each other");
        } else if (globals.options.root && words_.command != nullptr &&
                   !words_.command->works_with_root) {
            words_.error =
                usage(fmt::format("'{}' does not run with '--root'", words_.command->name),
                      "a captured machine is only looked at: plan, status, verify, diff, snapshots "
                      "and doctor do that");
        }
    }

    std::span<const std::string> arguments_;
    std::size_t next_ = 0;
    Words words_;
};

}  // namespace

Words read_words(std::span<const std::string> arguments) {
    return WordReader(arguments).read();
}

}  // namespace envkeep::cli
