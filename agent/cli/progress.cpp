// SPDX-License-Identifier: MIT
#include "cli/progress.hpp"

#include "cli/render_plan.hpp"
#include "cli/view.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace envkeep::cli {
namespace {

// What fits one line of the terminal; the end is cut, since it stands for a moment only.
std::string cut(const std::string& text, std::size_t columns) {
    std::string out = text;
    const auto is_inside_a_letter = [&] {
        return (static_cast<unsigned char>(out.back()) & 0xC0U) == 0x80U;
    };
    while (!out.empty() && columns_of(out) > columns) {
        while (out.size() > 1 && is_inside_a_letter()) {
            out.pop_back();
        }
        out.pop_back();
    }
    return out;
}

}  // namespace

// A thread of its own draws the line: one long step would else be silent until it ends.
struct Progress::State {
    State(system::Output& output, std::chrono::milliseconds time_of_silence)
        : terminal(output), delay(time_of_silence), begin(std::chrono::steady_clock::now()) {}

    State(const State&) = delete;
    State& operator=(const State&) = delete;

    ~State() {
        {
            const std::lock_guard lock(mutex);
            is_over = true;
        }
        changed.notify_all();
        if (drawer.joinable()) {
            drawer.join();
        }
    }

    void say(std::string text) {
        {
            const std::lock_guard lock(mutex);
            current = std::move(text);
        }
        if (!drawer.joinable() && may_draw) {
            try {
                drawer = std::thread([this] { draw(); });
            } catch (const std::system_error&) {
                may_draw = false;  // the container allows no thread more
            }
        }
    }

    void draw() {
        std::unique_lock lock(mutex);
        auto next = begin + delay;
        bool is_drawn = false;
        while (!changed.wait_until(lock, next, [this] { return is_over; })) {
            const auto now = std::chrono::steady_clock::now();
            const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - begin);
            const std::string line = fmt::format("{} s  {}", seconds.count(), current);
            const auto width = static_cast<std::size_t>(std::max(terminal.width(), 2));
            terminal.write(fmt::format("{}{}", clear_line, cut(line, width - 1)));
            is_drawn = true;
            next = now + refresh;
        }
        if (is_drawn) {
            terminal.write(clear_line);
        }
    }

    system::Output& terminal;
    std::chrono::milliseconds delay;
    std::chrono::steady_clock::time_point begin;
    std::mutex mutex;
    std::condition_variable changed;
    std::string current;
    bool is_over = false;
    bool may_draw = true;
    std::size_t steps = 0;
    std::thread drawer;
};

Progress::Progress(system::Output& terminal, std::chrono::milliseconds delay)
    : state_(std::make_unique<State>(terminal, delay)) {}

Progress::~Progress() = default;

engine::Listener Progress::listener() {
    State* const state = state_.get();
    return {.phase = [state](std::string_view phase) { state->say(printable(phase)); },
            .begins =
                [state](const model::Step& step) {
                    state->say(fmt::format("step {}: {} {}",
                                           ++state->steps,
                                           words_for(step.action).now,
                                           printable(step.subject)));
                },
            .ended = {}};
}

}  // namespace envkeep::cli
