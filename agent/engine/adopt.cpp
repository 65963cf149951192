// SPDX-License-Identifier: MIT
#include "engine/adopt_check.hpp"
#include "engine/adopt_cures.hpp"
#include "engine/adopt_packed.hpp"
#include "engine/carry_out.hpp"
#include "engine/layer_place.hpp"
#include "engine/manifest_edit.hpp"
#include "engine/ready_store.hpp"
#include "engine/stopwatch.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/household.hpp"
#include "envkeep/manifest/edit.hpp"
#include "envkeep/store/findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

namespace envkeep::engine {
namespace {

std::optional<manifest::How> how_asked(const AdoptOptions& options) {
    if (options.as_packed) {
        return manifest::How::packed;
    }
    return options.as_copy ? std::optional(manifest::How::copy) : std::nullopt;
}

// Files to which several sessions at once add, and databases that no two may have open on a store.
bool is_merged(std::string_view path) {
    constexpr std::array<std::string_view, 3> databases{".ipython/profile_default/history.sqlite",
                                                        ".local/share/jupyter/nbsignatures.db",
                                                        ".local/share/jupyter/file_id_manager.db"};
    return (path.starts_with('.') && path.ends_with("_history")) ||
           std::ranges::find(databases, path) != databases.end();
}

Result<manifest::Keep> entry_for(const Session& session,
                                 const AdoptOptions& options,
                                 const std::string& typed) {
    ENVKEEP_TRY(std::string path,
                manifest::exact_path(manifest_path_of(session, absolute_of(session, typed))));
    const manifest::How usual = is_merged(path) ? manifest::How::merge : manifest::How::link;
    return manifest::Keep{.path = std::move(path),
                          .how = how_asked(options).value_or(usual),
                          .per_python = options.per_python};
}

// The parts of such a keep have sources of their own: the folder that a session sees is nowhere in
// the store.
Result<void> refuse_parts(const manifest::Keep& entry, const AdoptOptions& options) {
    if (!options.as_packed || !(entry.per_python || entry.children)) {
        return {};
    }
    const std::string path = shell_quoted(entry.path);
    return failure(
        ErrorKind::usage,
        fmt::format("{} is kept in parts, by '{}'",
                    quoted(entry.path),
                    entry.per_python ? "per: python" : "children: true"),
        fmt::format("make it one real folder, which has all of them: envkeep release {} && "
                    "envkeep adopt --packed {}",
                    path,
                    path));
}

// A snapshot is what brings a packed one: what none ever holds must not be made one.
Result<void> refuse_never_recorded(const World& world,
                                   const Session& session,
                                   const AdoptOptions& options) {
    using snapshot::Omission;
    if (!options.as_packed) {
        return {};
    }
    ENVKEEP_TRY(const snapshot::Scope scope, scope_of(world, session));
    for (const std::string& typed : options.paths) {
        const std::string absolute = absolute_of(session, typed);
        const std::string path = is_path_within(absolute, session.home_path)
                                     ? scope.home + absolute.substr(session.home_path.size())
                                     : absolute.substr(1);
        const Omission why = scope.omission_of(path, system::Kind::file);
        if (why == Omission::runtime || why == Omission::cache || why == Omission::driver) {
            return failure(ErrorKind::usage,
                           fmt::format("no snapshot holds {}: {}",
                                       quoted(typed),
                                       why == Omission::runtime ? "each session writes its own"
                                       : why == Omission::cache ? "it is a cache"
                                                                : "it belongs to the GPU's driver"),
                           "keep it in the store: envkeep adopt " + shell_quoted(typed));
        }
    }
    return {};
}

// Nothing keeps the path here then, whatever of the entry were changed.
Result<void> check_holds_here(const Session& session, const manifest::Keep& entry) {
    const bool holds = std::ranges::any_of(session.manifest.keeps, [&](const manifest::Keep& keep) {
        return keep.mark == entry.mark;
    });
    if (holds) {
        return {};
    }
    return failure(ErrorKind::conflict,
                   fmt::format("{} has an entry, and that does not hold here: {}:{}",
                               quoted(entry.path),
                               session.written.files.at(entry.mark.file),
                               entry.mark.line),
                   "change its 'when', or write another entry for here beside it");
}

// An entry that is there keeps all that nobody asked to change.
Result<std::string> with_change(const Session& session,
                                const AdoptOptions& options,
                                manifest::Keep entry,
                                std::string text,
                                AdoptReport& report) {
    ENVKEEP_CHECK(refuse_parts(entry, options));
    manifest::KeepChange change{.how = how_asked(options), .per_python = options.per_python};
    if (!change.how && entry.how == manifest::How::packed) {
        change.how = manifest::How::link;  // the way back
    }
    const bool is_as_wanted =
        (!change.per_python || entry.per_python) && (!change.how || entry.how == *change.how);
    if (is_as_wanted) {
        return text;
    }
    ENVKEEP_CHECK(check_is_own(session, entry, "adopt"));
    ENVKEEP_TRY(text, manifest::change_keep(text, entry.path, change));
    entry.how = change.how.value_or(entry.how);
    entry.per_python = entry.per_python || change.per_python;
    report.changed.push_back(manifest::keep_text(entry));
    return text;
}

Result<std::string> with_entries(const Session& session,
                                 const AdoptOptions& options,
                                 std::string text,
                                 AdoptReport& report) {
    for (const std::string& typed : options.paths) {
        if (const manifest::Keep* const there = find_keep(session, typed); there != nullptr) {
            ENVKEEP_CHECK(check_holds_here(session, *there));
            ENVKEEP_TRY(text, with_change(session, options, *there, std::move(text), report));
            continue;
        }
        ENVKEEP_TRY(const manifest::Keep entry, entry_for(session, options, typed));
        ENVKEEP_TRY(text, manifest::add_keep(text, entry));
        report.added.push_back(manifest::keep_text(entry));
    }
    return text;
}

// The groups of the plan that have to do with what was named.
class Named {
  public:
    Named(const Session& session, const std::vector<std::string>& typed) {
        for (const std::string& path : typed) {
            subjects_.push_back(subject_of(session, absolute_of(session, path)));
        }
    }

    // A folder that was linked whole, and has what is named in it: from now on all of it is linked
    // name by name, which must not wait for the next run.
    void add_split_folders(const World& world, const Session& session, const model::Plan& plan) {
        for (const model::Step& step : plan.steps) {
            const auto* const split = std::get_if<model::ReplaceLinkByFolder>(&step.action);
            const std::string place = split == nullptr ? "" : world.files.absolute(split->place);
            const std::string subject = subject_of(session, place);
            if (split != nullptr && std::ranges::any_of(subjects_, [&](const std::string& one) {
                    return one.starts_with(subject + "/");
                })) {
                subjects_.push_back(subject);
                subjects_.push_back(place);  // as the step itself has it
            }
        }
    }

    [[nodiscard]] bool has_subject(const std::string& subject) const {
        return std::any_of(subjects_.begin(), subjects_.end(), [&](const std::string& one) {
            return subject == one || subject.starts_with(one + "/");
        });
    }

  private:
    std::vector<std::string> subjects_;
};

model::Plan only_named(model::Plan plan, const Named& named) {
    std::set<std::size_t> groups;
    for (const model::Step& step : plan.steps) {
        if (named.has_subject(step.subject)) {
            groups.insert(step.group);
        }
    }
    std::erase_if(plan.steps,
                  [&](const model::Step& step) { return !groups.contains(step.group); });
    std::erase_if(plan.conflicts, [&](const model::Conflict& conflict) {
        return !named.has_subject(conflict.subject);
    });
    std::erase_if(plan.findings, [&](const model::Finding& finding) {
        return !named.has_subject(finding.subject);
    });
    return plan;
}

std::optional<model::Finding> secrets_of(const World& world, const Session& session) {
    const auto& state = session.state;
    return store::shared_secrets(
        session.store, state ? state->probe : std::nullopt, world.machine, world.files);
}

// That others can read a key is told when it comes to the store; after that `status` does.
void say_new_shared_secrets(const std::optional<model::Finding>& before,
                            std::optional<model::Finding> now,
                            std::vector<model::Finding>& findings) {
    if (now && (!before || before->evidence != now->evidence)) {
        findings.push_back(*std::move(now));
    }
}

// What the new entries themselves make wrong.
Result<void> refuse_problems(const Session& session) {
    if (session.problems.empty()) {
        return {};
    }
    const manifest::Problem& first = session.problems.front();
    return failure(ErrorKind::invalid_manifest,
                   fmt::format("cannot change the manifest: {}", first.message),
                   first.hint);
}

std::string flags_of(const AdoptOptions& adopting) {
    return fmt::format("{}{}{}",
                       adopting.per_python ? " --per python" : "",
                       adopting.as_copy ? " --copy" : "",
                       adopting.as_packed ? " --packed" : "");
}

void take_over(CarriedOut carried, RestoreReport& report) {
    report.outcome = std::move(carried.outcome);
    report.backups = std::move(carried.backups);
    std::ranges::move(carried.findings, std::back_inserter(report.findings));
}

// As typed, each word quoted where a shell needs it.
std::string words_of(const AdoptOptions& adopting) {
    std::string words = flags_of(adopting);
    for (const std::string& typed : adopting.paths) {
        words += " " + shell_quoted(typed);
    }
    return words;
}

// A conflict leaves the manifest as it was: what relies on a new entry is no way out.
void stop_at_conflicts(const World& world, const AdoptOptions& adopting, AdoptReport& report) {
    report.ending = report.restore.ending = Ending::partly;
    if (report.added.empty() && report.changed.empty()) {
        return;
    }
    const std::string adopt = "envkeep adopt" + flags_of(adopting);
    const std::string again = "envkeep adopt" + words_of(adopting);
    for (model::Conflict& conflict : report.restore.plan.conflicts) {
        conflict.commands = cures_without_entry(world, conflict, adopt, again);
    }
    for (model::Finding& finding : report.restore.plan.findings) {
        for (const model::Conflict& conflict : report.restore.plan.conflicts) {
            if (finding.id == "keep-conflict" && finding.subject == conflict.subject) {
                finding.fix.commands = conflict.commands;
            }
        }
    }
    report.added.clear();
    report.changed.clear();
}

// The second half, for packed ones: the snapshot, and the store's side out of the way.
Result<void> pack(const World& world,
                  Session& session,
                  const AdoptOptions& adopting,
                  const std::string& command,
                  AdoptReport& report,
                  const Listener& listener) {
    if (!adopting.as_packed) {
        return {};
    }
    const Named named(session, adopting.paths);
    return finish_packed(
        world,
        session,
        {.command = command,
         .again = "envkeep " + command,
         .is_meant = [&](const std::string& subject) { return named.has_subject(subject); }},
        report,
        listener);
}

}  // namespace

Result<AdoptReport> adopt(const World& world,
                          const Options& options,
                          const AdoptOptions& adopting,
                          const Listener& listener) {
    ENVKEEP_TRY(Session session, open_session(world, options));
    AdoptReport report;
    if (!session.problems.empty()) {
        report.restore.problems = session.problems;
        report.restore.findings = session.findings;
        report.ending = report.restore.ending = Ending::usage;
        return report;
    }
    for (const std::string& typed : adopting.paths) {
        ENVKEEP_CHECK(check_path(world, session, typed));
    }
    ENVKEEP_TRY(const ManifestText before, read_manifest_text(world, session));
    ENVKEEP_TRY(const std::string text, with_entries(session, adopting, before.text, report));
    ENVKEEP_TRY(Session after, session_with(world, session, text));
    ENVKEEP_CHECK(refuse_problems(after));
    ENVKEEP_CHECK(refuse_never_recorded(world, after, adopting));
    measure_store(world, after);
    Stopwatch watch(world.machine);
    ENVKEEP_TRY(Picture picture, look(world, after, {}, listener));
    Named named(after, adopting.paths);
    named.add_split_folders(world, after, picture.plan);
    report.restore.plan = only_named(std::move(picture.plan), named);
    if (adopting.as_packed) {
        // The snapshot to come settles it.
        std::erase_if(report.restore.plan.findings, [](const model::Finding& finding) {
            return finding.id == "keep-packed-by-copy";
        });
    }
    watch.lap("look");
    if (!report.restore.plan.conflicts.empty()) {
        stop_at_conflicts(world, adopting, report);
    }
    report.restore.findings = report.restore.plan.findings;
    if (report.ending != Ending::well) {
        return report;
    }
    const std::string command = "adopt" + words_of(adopting);
    if (text == before.text && report.restore.plan.is_empty()) {
        ENVKEEP_CHECK(pack(world, after, adopting, command, report, listener));
        return report;
    }
    const auto shared_before = secrets_of(world, after);
    const bool was_changing = !session.state || session.state->is_changing;
    ENVKEEP_CHECK(note_changing(world, after));
    ENVKEEP_TRY(CarriedOut carried,
                carry_out(world,
                          after,
                          report.restore.plan,
                          {.command = command,
                           .before =
                               [&](store::Journal& journal) {
                                   return write_manifest_text(
                                       world, session, before, text, journal);
                               }},
                          listener));
    state_of(after).is_changing = was_changing;
    ENVKEEP_CHECK(commit_state(world, after));
    watch.lap("apply");
    take_over(std::move(carried), report.restore);
    say_new_shared_secrets(shared_before, secrets_of(world, after), report.restore.findings);
    report.restore.timings = watch.take();
    if (report.restore.outcome.count(model::StepResult::failed) > 0 ||
        report.restore.outcome.count(model::StepResult::pending) > 0) {
        report.ending = report.restore.ending = Ending::partly;
        return report;
    }
    ENVKEEP_CHECK(pack(world, after, adopting, command, report, listener));
    return report;
}

}  // namespace envkeep::engine
