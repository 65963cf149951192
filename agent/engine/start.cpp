// SPDX-License-Identifier: MIT
#include "envkeep/engine/start.hpp"

#include "engine/start_note.hpp"
#include "engine/worker.hpp"
#include "envkeep/core/match.hpp"
#include "envkeep/posix/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

namespace envkeep::engine {
namespace {

using std::chrono::milliseconds;

// The longest that a manifest may hold up a start (its reader says why).
constexpr milliseconds longest_limit{100'000};

std::int64_t number_in(const std::string& text, std::int64_t otherwise) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? number : otherwise;
}

// What the parent knows of its worker so far.
struct Heard {
    SteadyTime began;
    milliseconds limit;
    std::string exports;
    std::string text;
    std::string json;
    Ending ending = Ending::internal;
    std::optional<Error> error;  // why the worker was given up
    bool is_over = false;

    void take(const posix::Frame& frame) {
        switch (static_cast<Message>(frame.type)) {
            case Message::limit:
                limit = std::clamp(milliseconds(number_in(frame.payload, limit.count())),
                                   milliseconds(100),
                                   longest_limit);
                break;
            case Message::exports:
                exports = frame.payload;
                break;
            case Message::text:
                text = frame.payload;
                break;
            case Message::json:
                json = frame.payload;
                break;
            case Message::done:
                ending = static_cast<Ending>(
                    number_in(frame.payload, static_cast<int>(Ending::internal)));
                is_over = true;
                break;
        }
    }

    void pass_deadline() {
        give_up(ErrorKind::time_limit,
                fmt::format("the start reached its limit of {} s",
                            std::chrono::duration_cast<std::chrono::seconds>(limit).count()),
                "what is left waits for 'envkeep restore'");
        ending = Ending::time_limit;
    }

    void lose_worker() {
        give_up(ErrorKind::io,
                "the start ended before its work was done",
                "'envkeep restore' says why");
        ending = Ending::internal;
    }

    void give_up(ErrorKind kind, std::string message, std::string hint) {
        if (text.empty() || kind == ErrorKind::time_limit) {
            text = fmt::format("envkeep: {}; {}\n", message, hint);
        }
        error = Error{.kind = kind, .message = std::move(message), .hint = std::move(hint)};
        is_over = true;
    }
};

void listen(const posix::Worker& worker, Heard& heard) {
    posix::FrameReader reader(worker.reports.get());
    while (!heard.is_over) {
        match(
            reader.next(heard.began + heard.limit),
            [&](const posix::Frame& frame) { heard.take(frame); },
            [&](const posix::DeadlinePassed&) { heard.pass_deadline(); },
            [&](const posix::WorkerClosed&) { heard.lose_worker(); },
            [&](const posix::BrokenStream&) { heard.lose_worker(); });
    }
}

}  // namespace

StartResult restore_at_start(const Options& options,
                             std::chrono::milliseconds default_limit,
                             const MakeWorld& make_world,
                             const RenderReport& render,
                             const StartOutput& output) {
    posix::make_text_resident();
    Heard heard{.began = std::chrono::steady_clock::now(), .limit = default_limit};
    Result<posix::SharedFlag> has_returned = posix::SharedFlag::make();
    Result<posix::Worker> worker =
        has_returned ? posix::start_worker([&](int report_fd) {
            return run_worker(
                report_fd, options, make_world, render, [&] { return !has_returned->is_set(); });
        })
                     : Result<posix::Worker>(tl::unexpected(has_returned.error()));
    if (worker) {
        listen(*worker, heard);
        has_returned->set();
    } else {
        heard.text = fmt::format("envkeep: {}\n", worker.error().message);
        heard.error = worker.error();
    }
    output.exports(heard.exports);
    output.text(heard.text);
    if (heard.error) {
        note_given_up(options, make_world, heard.error->message);
    }
    return {.ending = heard.ending, .json = heard.json, .error = heard.error};
}

}  // namespace envkeep::engine
