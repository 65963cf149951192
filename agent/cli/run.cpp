// SPDX-License-Identifier: MIT
#include "envkeep/cli/run.hpp"

#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/document.hpp"
#include "cli/exit_code.hpp"
#include "cli/help.hpp"
#include "cli/parse.hpp"
#include "cli/render_findings.hpp"
#include "cli/topics.hpp"
#include "cli/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::cli {
namespace {

// A start goes on whatever happens (the server comes next): its status is 0, also where the words
// behind it cannot be understood.
bool is_start(std::span<const std::string> arguments, const Words& words) {
    const auto end = std::ranges::find(arguments, "--");
    const auto has = [&](std::string_view word) {
        return std::find(arguments.begin(), end, word) != end;
    };
    const bool may_be = words.command == nullptr || words.command == &restore_command;
    return may_be && has("restore") && has("--start");
}

void write_document(const Json& document, const Outside& outside) {
    outside.out.write((outside.out.is_terminal() ? document.pretty() : document.compact()) + "\n");
}

int write_error(const Error& error, const Context& context, std::string_view command) {
    if (context.wants_json()) {
        write_document(document_of(command, error), context.outside());
    } else {
        context.outside().err.write(error_text(error, context.error_view()));
    }
    return exit_code(ending_of(error.kind));
}

int write_reply(const Reply& reply, const Context& context) {
    const Outside& outside = context.outside();
    const Command& command = context.command();
    if (!reply.document.empty()) {
        outside.out.write(reply.document + "\n");
    } else if (context.wants_json()) {
        write_document(document_of(command.name, reply), outside);
    } else {
        if (!reply.text.empty()) {
            (command.output == StandardOutput::data ? outside.err : outside.out).write(reply.text);
        }
        if (!reply.data.empty()) {
            outside.out.write(reply.data);
        }
        if (!reply.errors.empty()) {
            outside.err.write(reply.errors);
        }
    }
    return exit_code(reply.ending);
}

int run_command(const Words& words, Context& context) {
    const Command& command = *words.command;
    Result<Arguments> arguments = parse(words);
    if (!arguments) {
        return write_error(arguments.error(), context, command.name);
    }
    const Result<Reply> reply = command.run(*arguments, context);
    context.end_progress();
    return reply ? write_reply(*reply, context) : write_error(reply.error(), context, command.name);
}

std::string help_for(const Words& words) {
    const std::string topic = words.topic.empty() ? std::string() : topic_text(words.topic);
    if (words.command == nullptr && words.family.empty()) {
        return topic.empty() ? general_help() : topic;
    }
    const std::string help =
        words.command == nullptr ? family_help(words.family) : help_of(*words.command);
    return topic.empty() ? help : fmt::format("{}\n{}", help, topic);
}

int run_words(const Words& words, const Outside& outside) {
    static constexpr Command none{.name = {}, .summary = {}, .details = {}};
    const Command& command = words.command == nullptr ? none : *words.command;
    Context context(outside, command, words.globals);
    if (words.error) {
        return write_error(*words.error, context, command.name);
    }
    if (words.wants_help) {
        outside.out.write(help_for(words));
        return exit_code(engine::Ending::well);
    }
    if (words.command == nullptr) {
        outside.out.write(short_help());
        return exit_code(engine::Ending::well);
    }
    return run_command(words, context);
}

}  // namespace

int run(std::span<const std::string> arguments, const Outside& outside) {
    const Words words = read_words(arguments);
    int code = run_words(words, outside);
    if (const std::optional<Error> failed = outside.out.failure()) {
        outside.err.write(error_text(*failed, View{}));
        // What else went wrong says more.
        code =
            code > exit_code(engine::Ending::findings) ? code : exit_code(engine::Ending::partly);
    }
    return is_start(arguments, words) ? 0 : code;
}

}  // namespace envkeep::cli
