// SPDX-License-Identifier: MIT
#include "cli/render_plan.hpp"

#include "envkeep/core/match.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::cli {
namespace {

using model::StepResult;

// What an action's line says behind its subject.
std::string detail_of(const model::Step& step, const AbsoluteOf& absolute, const View& view) {
    const auto source = [&](std::string_view target) { return view.source(step.subject, target); };
    // Told only where the subject does not say it.
    const auto where = [&](const system::Place& place) {
        const std::string path = source(absolute(place));
        const std::string in = path == "the store" ? "in " : "";
        return path == printable(step.subject) ? std::string{} : in + path;
    };
    const auto leads_to = [&](std::string_view target) { return "-> " + source(target); };
    const auto was = [&](std::string_view target) {
        return fmt::format(", was a link to {}", view.path(target));
    };
    return match(
        step.action,
        [&](const model::MakeFolder& folder) { return where(folder.place); },
        [&](const model::MakeFile& file) { return where(file.place); },
        [&](const model::MakeLink& link) { return leads_to(link.target); },
        [&](const model::ReplaceLink& link) {
            return leads_to(link.new_target) + was(link.old_target);
        },
        [&](const model::ReplaceLinkByFolder& folder) {
            return "was a link to " + view.path(folder.old_target);
        },
        [&](const model::Seed& seed) { return leads_to(absolute(seed.to)); },
        [&](const model::ReplaceByLink& link) { return leads_to(link.target); },
        [&](const model::MoveAside& aside) { return where(aside.place); },
        [&](const model::CopyIn& copy) { return "<- " + source(absolute(copy.from)); },
        [&](const model::CopyBack& copy) { return leads_to(absolute(copy.to)); },
        [&](const model::SetMode& mode) {
            return fmt::format("{} -> {}{}",
                               octal(mode.seen.mode),
                               octal(mode.new_mode),
                               mode.widens ? ", wider" : "");
        });
}

// A mode is told for the very file, everything else for the keep as the user knows it.
std::string subject_of(const model::Step& step, const AbsoluteOf& absolute, const View& view) {
    std::string subject = printable(step.subject);
    if (const auto* const mode = std::get_if<model::SetMode>(&step.action)) {
        std::string place = view.path(absolute(mode->place));
        if (subject.empty() || place.starts_with('~')) {
            return place;
        }
    }
    return subject;
}

Row row_of(const model::Step& step, const AbsoluteOf& absolute, const View& view) {
    return {.tone = Tone::change,
            .verb = std::string(words_for(step.action).next),
            .subject = subject_of(step, absolute, view),
            .detail = detail_of(step, absolute, view),
            .why = printable(step.why)};
}

Row row_of(const model::Step& step,
           const model::StepOutcome& outcome,
           const AbsoluteOf& absolute,
           const View& view) {
    Row row = row_of(step, absolute, view);
    switch (outcome.result) {
        case StepResult::done:
            row.tone = Tone::good;
            row.verb = words_for(step.action).done;
            break;
        case StepResult::failed:
            row.tone = Tone::error;
            row.verb = "failed";
            break;
        case StepResult::skipped:
            row.tone = Tone::warning;
            row.verb = "skipped";
            row.why = "an earlier step of it failed";
            break;
        case StepResult::pending:
            row.tone = Tone::warning;
            row.verb = "pending";
            row.why = "no time was left; 'envkeep restore' does it";
            break;
    }
    if (!outcome.note.empty()) {
        row.notes.push_back(printable(outcome.note));
    }
    if (outcome.error) {
        row.notes.push_back(view.painted(Tone::error, printable(outcome.error->message)));
        if (!outcome.error->hint.empty()) {
            row.notes.push_back("hint: " + printable(outcome.error->hint));
        }
    }
    return row;
}

// Counts words in the order in which they come first.
class Counts {
  public:
    void add(std::string_view word) {
        const auto found = std::ranges::find(counts_, word, &Count::word);
        if (found == counts_.end()) {
            counts_.push_back({.word = word, .count = 1});
        } else {
            ++found->count;
        }
    }

    [[nodiscard]] std::string text() const {
        std::string out;
        for (const Count& count : counts_) {
            const std::size_t star = count.word.find('*');
            std::string word(count.word);
            if (star != std::string_view::npos) {
                word.replace(star, 1, count.count == 1 ? "" : "s");
            }
            out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count.count, word);
        }
        return out;
    }

  private:
    struct Count {
        std::string_view word;
        std::size_t count = 0;
    };

    std::vector<Count> counts_;
};

}  // namespace

ActionWords words_for(const model::Action& action) {
    return match(
        action,
        [](const model::MakeFolder&) -> ActionWords {
            return {"make folder",
                    "making the folder",
                    "made folder",
                    "folder* to make",
                    "folder* made"};
        },
        [](const model::MakeFile&) -> ActionWords {
            return {"make file", "making the file", "made file", "file* to make", "file* made"};
        },
        [](const model::MakeLink&) -> ActionWords {
            return {"link", "linking", "linked", "to link", "linked"};
        },
        [](const model::ReplaceLink&) -> ActionWords {
            return {"relink", "linking anew", "relinked", "to relink", "relinked"};
        },
        [](const model::ReplaceLinkByFolder&) -> ActionWords {
            return {"make folder",
                    "making a folder of",
                    "made folder",
                    "folder* to make",
                    "folder* made"};
        },
        [](const model::Seed&) -> ActionWords {
            return {"seed", "copying to the store", "seeded", "to seed", "seeded"};
        },
        [](const model::ReplaceByLink&) -> ActionWords {
            return {
                "replace", "replacing", "replaced", "to replace by a link", "replaced by a link"};
        },
        [](const model::MoveAside&) -> ActionWords {
            return {"move aside", "moving aside", "moved aside", "to move aside", "moved aside"};
        },
        [](const model::CopyIn&) -> ActionWords {
            return {"copy in", "copying home", "copied in", "to copy home", "copied home"};
        },
        [](const model::CopyBack&) -> ActionWords {
            return {"save", "writing back", "saved", "to save", "saved"};
        },
        [](const model::SetMode&) -> ActionWords {
            return {"set mode", "setting the mode of", "set mode", "mode* to set", "mode* set"};
        });
}

std::string plan_text(const model::Plan& plan, const AbsoluteOf& absolute, const View& view) {
    std::vector<Row> rows;
    rows.reserve(plan.steps.size());
    for (const model::Step& step : plan.steps) {
        rows.push_back(row_of(step, absolute, view));
    }
    return rows_text(rows, view);
}

std::string outcome_text(const model::Plan& plan,
                         const model::Outcome& outcome,
                         const AbsoluteOf& absolute,
                         const View& view) {
    std::vector<Row> rows;
    rows.reserve(outcome.steps.size());
    for (const model::StepOutcome& step : outcome.steps) {
        if (!view.quiet || step.result != StepResult::done) {
            rows.push_back(row_of(plan.steps.at(step.step), step, absolute, view));
        }
    }
    return rows_text(rows, view);
}

std::string counts_text(const model::Plan& plan) {
    Counts counts;
    for (const model::Step& step : plan.steps) {
        counts.add(words_for(step.action).planned_count);
    }
    return counts.text();
}

std::string counts_text(const model::Plan& plan, const model::Outcome& outcome) {
    Counts counts;
    for (const auto& [result, word] : {std::pair{StepResult::done, ""},
                                       {StepResult::failed, "failed"},
                                       {StepResult::skipped, "skipped"},
                                       {StepResult::pending, "pending"}}) {
        for (const model::StepOutcome& step : outcome.steps) {
            if (step.result == result) {
                counts.add(result == StepResult::done
                               ? words_for(plan.steps.at(step.step).action).done_count
                               : std::string_view(word));
            }
        }
    }
    return counts.text();
}

std::string time_text(std::chrono::nanoseconds took) {
    const double milliseconds = static_cast<double>(took.count()) / 1e6;
    if (milliseconds < 9.95) {
        return fmt::format("{:.1f} ms", milliseconds);
    }
    if (milliseconds < 999.5) {
        return fmt::format("{:.0f} ms", milliseconds);
    }
    if (milliseconds < 99'950) {
        return fmt::format("{:.1f} s", milliseconds / 1e3);
    }
    return fmt::format("{:.0f} min", milliseconds / 60e3);
}

std::string timings_text(const std::vector<engine::Timing>& timings) {
    constexpr std::chrono::microseconds shortest{50};
    std::chrono::nanoseconds sum{};
    std::string parts;
    for (const engine::Timing& timing : timings) {
        sum += timing.took;
        if (timing.took >= shortest) {
            parts += fmt::format(
                "{}{} {}", parts.empty() ? "" : ", ", timing.name, time_text(timing.took));
        }
    }
    return time_text(sum) + (parts.empty() ? "" : " (" + parts + ")");
}

}  // namespace envkeep::cli
