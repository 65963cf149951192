// SPDX-License-Identifier: MIT
#include "cli/progress.hpp"

#include "cli/render_plan.hpp"
#include "cli/ticker.hpp"
#include "cli/view.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <optional>
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
        drawer.reset();
        if (is_drawn) {
            terminal.write(clear_line);
        }
    }

    [[nodiscard]] std::chrono::milliseconds age() const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - begin);
    }

    void say(std::string text) {
        {
            const std::lock_guard lock(mutex);
            current = std::move(text);
        }
        if (!drawer) {
            drawer.emplace(std::max(delay - age(), std::chrono::milliseconds::zero()), [this] {
                draw();
                return refresh;
            });
        }
    }

    void draw() {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(age());
        std::string line;
        {
            const std::lock_guard lock(mutex);
            line = fmt::format("{} s  {}", seconds.count(), current);
        }
        const auto width = static_cast<std::size_t>(std::max(terminal.width(), 2));
        terminal.write(fmt::format("{}{}", clear_line, cut(line, width - 1)));
        is_drawn = true;
    }

    system::Output& terminal;
    std::chrono::milliseconds delay;
    std::chrono::steady_clock::time_point begin;
    std::mutex mutex;
    std::string current;
    std::size_t steps = 0;
    bool is_drawn = false;  // the drawer's, and after its end
    std::optional<Ticker> drawer;
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
