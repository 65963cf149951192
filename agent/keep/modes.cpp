// SPDX-License-Identifier: MIT
#include "envkeep/keep/modes.hpp"

#include "envkeep/core/text.hpp"
#include "keep/modes_findings.hpp"
#include "keep/modes_keys.hpp"
#include "keep/modes_made.hpp"
#include "keep/modes_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace envkeep::keep {
namespace {

using manifest::Preset;
using system::Kind;

constexpr std::uint32_t others = 0077;

std::string preset_name(Preset preset) {
    return preset == Preset::ssh ? "ssh" : "secrets";
}

// Makes steps and findings of what the walks met.
class ModesPlanner {
  public:
    ModesPlanner(const ModesContext& context, system::FileReader& files)
        : context_(context),
          files_(files),
          keys_(context.state, files),
          home_(files.root_path(context.home)) {}

    std::vector<ModeRule> compile(const std::vector<manifest::ModeRule>& rules) {
        std::vector<ModeRule> compiled;
        for (const manifest::ModeRule& rule : rules) {
            if (auto pattern = ModePattern::parse(rule.pattern, home_)) {
                compiled.push_back(
                    {.pattern = rule.pattern, .compiled = std::move(*pattern), .mode = rule.mode});
            } else {
                findings_.bad_pattern(rule.pattern, pattern.error());
            }
        }
        return compiled;
    }

    void judge(const View& view, const Walked& walked) {
        for (const Error& problem : walked.problems) {
            findings_.not_looked_at(problem);
        }
        for (const Met& met : walked.met) {
            if (view.copy) {
                judge_copied(view, met);
            } else if (!view.counterpart || is_missing(*view.counterpart, met.below)) {
                judge_one(view, met);
            }
        }
    }

    void say_ignored_modes(const Wanted& wanted, const KeptSecrets& secrets) {
        if (context_.modes_honoured) {
            return;
        }
        std::vector<std::string> subjects;
        std::vector<std::string> in_store;
        for (const WantedKeep& keep : wanted.keeps) {
            if (keep.preset != Preset::none) {
                (keep.form == Form::link ? in_store : subjects).push_back(keep.subject);
            }
        }
        for (const auto& [keep, below] : secrets.of) {
            for (const KeptSecret& secret : below) {
                const WantedKeep part = keep_of(*keep, secret);
                if (part.form == Form::link && !is_missing(part.source, {})) {
                    in_store.push_back(part.subject);
                }
            }
        }
        if (!(subjects.empty() && in_store.empty())) {
            findings_.store_ignores_modes(std::move(subjects), std::move(in_store));
        }
    }

    ModesPlan take() {
        plan_.findings = findings_.take();
        plan_.sniffed = keys_.take();
        return std::move(plan_);
    }

  private:
    // What a met entry is to the user and to us.
    struct Subject {
        const View& view;
        const Met& met;
        system::Place place;
        std::string shown;
    };

    // What a mode shall be; `rule` if a rule says so.
    struct Verdict {
        std::uint32_t mode = 0;
        const ModeRule* rule = nullptr;
    };

    [[nodiscard]] Subject subject_of(const View& view, const Met& met) const {
        return {.view = view,
                .met = met,
                .place = {.root = view.place.root, .path = view.place.path.joined(met.below)},
                .shown = shown(view, met.below)};
    }

    // A store that shows the same mode for everything would make a program of every file.
    void judge_copied(const View& view, Met met) {
        const bool is_believed = context_.modes_honoured || view.preset == Preset::none;
        if (!is_believed && met.status.kind == Kind::file) {
            met.status.mode &= 0666U;
        }
        const Subject subject = subject_of(view, met);
        say_locking(subject);
        const Verdict verdict = verdict_on(subject);
        plan_.copied.emplace(
            system::Place{.root = view.copy->root, .path = view.copy->path.joined(met.below)},
            verdict.mode);
        if (verdict.rule != nullptr && widens(verdict.mode, met.status.mode)) {
            say_widened(*verdict.rule, subject.shown, met.status.mode, verdict.mode);
        }
    }

    void say_locking(const Subject& subject) {
        if (const ModeRule* const locking = subject.met.spoken.locking) {
            findings_.locks_folder(locking->pattern, subject.shown);
        }
    }

    void judge_one(const View& view, const Met& met) {
        const Subject subject = subject_of(view, met);
        say_locking(subject);
        const Verdict verdict = verdict_on(subject);
        if (verdict.mode != met.status.mode && planned_.insert(subject.place).second) {
            add_step(subject, verdict);
        }
    }

    Verdict verdict_on(const Subject& subject) {
        const std::uint32_t mode = subject.met.status.mode;
        const ModeRule* const rule = subject.met.spoken.rule;
        if (rule == nullptr) {
            return {.mode = under_preset(subject)};
        }
        if (!opens_a_key(subject, *rule)) {
            return {.mode = rule->mode, .rule = rule};
        }
        findings_.opens_key(rule->pattern, subject.shown);
        return {.mode =
                    subject.view.preset == Preset::none ? mode & ~others : under_preset(subject)};
    }

    std::uint32_t under_preset(const Subject& subject) {
        const Met& met = subject.met;
        const Preset preset = subject.view.preset;
        if (preset == Preset::none) {
            return met.status.mode;
        }
        const Kind kind = met.status.kind;
        const auto under = [&](bool is_key) {
            return bounded(met.status.mode, bound_of(preset, met.name, kind, is_key), kind);
        };
        const bool makes_a_difference = under(true) != under(false);
        return under(makes_a_difference && is_key(subject));
    }

    // Below a preset the rule is doubted in any case; elsewhere only where it gives more than
    // before.
    bool opens_a_key(const Subject& subject, const ModeRule& rule) {
        constexpr std::uint64_t largest_key = 64U << 10U;
        const system::Status& status = subject.met.status;
        if (status.kind != Kind::file || (rule.mode & others) == 0) {
            return false;
        }
        if (subject.view.preset != Preset::none) {
            return (subject.view.preset == Preset::ssh && is_key_name(subject.met.name.name())) ||
                   is_key(subject);
        }
        return (rule.mode & 0044U & ~status.mode) != 0 && status.size <= largest_key &&
               is_key(subject);
    }

    // What cannot be read is taken for one where that costs nobody anything.
    bool is_key(const Subject& subject) {
        const auto answer = keys_.is_key(subject.place, subject.met.status);
        return answer ? *answer : subject.view.preset != Preset::none;
    }

    bool is_missing(const system::Place& place, const RelPath& below) {
        const auto status = files_.status({.root = place.root, .path = place.path.joined(below)});
        return status && status->kind == Kind::absent;
    }

    void add_step(const Subject& subject, const Verdict& verdict) {
        const system::Status& seen = subject.met.status;
        const bool gives_more = verdict.rule != nullptr && widens(verdict.mode, seen.mode);
        std::string why = verdict.rule != nullptr
                              ? "rule " + quoted(verdict.rule->pattern)
                              : fmt::format("preset {}", preset_name(subject.view.preset));
        if (subject.view.is_to_be_copied) {
            why += ", before it goes to the store";
        }
        if (gives_more) {
            say_widened(*verdict.rule, subject.shown, seen.mode, verdict.mode);
        }
        plan_.steps.push_back({.group = context_.first_group + plan_.steps.size(),
                               .action = model::SetMode{.place = subject.place,
                                                        .seen = seen,
                                                        .new_mode = verdict.mode,
                                                        .widens = gives_more},
                               .subject = subject.shown,
                               .why = std::move(why)});
    }

    static bool widens(std::uint32_t mode, std::uint32_t before) {
        return (mode & ~before & (06000U | others)) != 0;
    }

    void say_widened(const ModeRule& rule,
                     const std::string& path,
                     std::uint32_t before,
                     std::uint32_t mode) {
        findings_.widened(rule.pattern,
                          fmt::format("{}: {} -> {}", path, octal(before), octal(mode)));
    }

    // The home path as the user writes it.
    [[nodiscard]] std::string shown(const View& view, const RelPath& below) const {
        const std::string path = below.is_root() ? view.path : view.path + "/" + below.text();
        const bool is_in_home =
            path.starts_with(home_) && (path.size() == home_.size() || path[home_.size()] == '/');
        return is_in_home ? "~" + path.substr(home_.size()) : path;
    }

    const ModesContext& context_;
    system::FileReader& files_;
    KeyFinder keys_;
    std::string home_;
    std::set<system::Place> planned_;
    ModesFindings findings_;
    ModesPlan plan_;
};

}  // namespace

Result<ModesPlan> plan_modes(const manifest::Manifest& evaluated,
                             const Wanted& wanted,
                             const ModesContext& context,
                             system::FileReader& files,
                             system::TreeWalker& walker) {
    ModesPlanner planner(context, files);
    const std::vector<ModeRule> rules = planner.compile(evaluated.modes);
    KeptSecrets secrets = find_secrets(wanted, context, files);
    for (const View& view : find_views(rules, wanted, secrets, context, files)) {
        for (const Start& start : find_starts(view, rules)) {
            planner.judge(view, walk_from(start, view, context.threads, files, walker));
        }
    }
    planner.say_ignored_modes(wanted, secrets);
    ModesPlan plan = planner.take();
    plan.secret_names = std::move(secrets.names);
    plan.made = modes_of_made(rules, wanted, context, files);
    return plan;
}

}  // namespace envkeep::keep
