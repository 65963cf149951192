// SPDX-License-Identifier: MIT
#include "engine/carry_out.hpp"
#include "engine/half_released.hpp"
#include "engine/make_real.hpp"
#include "engine/manifest_edit.hpp"
#include "engine/ready_store.hpp"
#include "engine/release_above.hpp"
#include "engine/store_claim.hpp"
#include "engine/store_side.hpp"
#include "engine/take_out.hpp"
#include "engine/unsaved.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/household.hpp"
#include "envkeep/engine/restore.hpp"
#include "envkeep/manifest/edit.hpp"
#include "envkeep/store/lease.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace envkeep::engine {
namespace {

Result<keep::Wanted> resolved(const World& world,
                              const Session& session,
                              const manifest::Manifest& manifest) {
    return keep::resolve(manifest,
                         {.home = session.home,
                          .store = session.store,
                          .python = python_of(world, session),
                          .modes_honoured = are_modes_honoured(world, session)},
                         world.files);
}

bool is_dotfile(const keep::WantedKeep& keep) {
    return keep.origin == keep::Origin::dotfiles;
}

// What is wanted no longer, of keeps and dotfiles: what another entry still brings stays.
std::vector<keep::WantedKeep> without_those_of(keep::Wanted before, const keep::Wanted& after) {
    std::set<std::pair<std::string_view, std::string_view>> stays;
    for (const keep::WantedKeep& keep : after.keeps) {
        if (keep.form != keep::Form::folder) {
            stays.emplace(keep.subject, keep.target);
        }
    }
    std::erase_if(before.keeps, [&](const keep::WantedKeep& keep) {
        return keep.origin == keep::Origin::repository ||
               stays.contains({keep.subject, keep.target});
    });
    return std::move(before.keeps);
}

// As `ignore:` names it: below the folder of the repository that stands for the home.
std::string path_in_repository(const keep::Wanted& wanted, const std::string& source) {
    const std::string base = wanted.dotfiles ? wanted.dotfiles->source + "/" : std::string();
    return source.starts_with(base) ? source.substr(base.size()) : source;
}

// Why a path that has no entry of its own cannot be released, and what can.
tl::unexpected<Error> not_kept(const World& world,
                               const Session& session,
                               const std::string& typed) {
    const std::string subject = subject_of(session, absolute_of(session, typed));
    const auto brings = [&](const keep::WantedKeep& part) {
        return subject == part.subject || subject.starts_with(part.subject + "/");
    };
    const auto all = resolved(world, session, session.manifest);
    for (const keep::WantedKeep& part : all ? all->keeps : std::vector<keep::WantedKeep>()) {
        if (part.origin != keep::Origin::keep && brings(part)) {
            return failure(
                ErrorKind::usage,
                fmt::format("{} is linked to the working copy {}", quoted(typed), part.target),
                is_dotfile(part)
                    ? fmt::format("release what is linked with: envkeep release {}; for this one "
                                  "alone add {} to 'ignore' of 'dotfiles', and 'envkeep restore'",
                                  shell_quoted(world.files.absolute(part.place)),
                                  quoted(path_in_repository(
                                      *all, part.target + subject.substr(part.subject.size()))))
                    : "take the entry of 'repos' out; 'envkeep restore' then removes the link, "
                      "and the working copy stays");
        }
    }
    manifest::Manifest one = session.manifest;
    for (const manifest::Keep& keep : session.manifest.keeps) {
        one.keeps = {keep};
        const auto wanted = resolved(world, session, one);
        if (wanted && std::ranges::any_of(wanted->keeps, brings)) {
            return failure(
                ErrorKind::usage,
                fmt::format("{} is kept by the entry {}: {}:{}",
                            quoted(typed),
                            quoted(keep.path),
                            session.manifest.files.at(keep.mark.file),
                            keep.mark.line),
                fmt::format("release all that it keeps with: envkeep release {}; to keep the "
                            "rest, change the entry first",
                            shell_quoted(keep.path)));
        }
    }
    return failure(ErrorKind::usage,
                   fmt::format("{} is not kept", quoted(typed)),
                   "'envkeep status' lists what is");
}

struct Releasing {
    Session session;
    ManifestText before;
    std::string text;                  // of the manifest without the entries
    std::vector<std::string> changed;  // entries that are another by that
    std::vector<keep::WantedKeep> keeps;
    std::vector<keep::WantedKeep> still;  // that stay
    // Those that a run before had begun with: their entries are gone already.
    std::vector<keep::WantedKeep> half_done;
};

// Takes what the dotfiles have at a place, or below it, out of what is linked; false: nothing.
Result<bool> ignore_linked(const keep::Wanted& wanted,
                           const std::string& subject,
                           std::string& text) {
    bool is_any = false;
    for (const keep::WantedKeep& part : wanted.keeps) {
        const bool is_below = part.subject.starts_with(subject + "/");
        if (is_dotfile(part) && part.form != keep::Form::folder &&
            (part.subject == subject || is_below)) {
            ENVKEEP_TRY(text,
                        manifest::ignore_dotfile(text, path_in_repository(wanted, part.target)));
            is_any = true;
        }
    }
    return is_any;
}

bool links_whole(const keep::WantedKeep& part, const std::string& subject) {
    return is_dotfile(part) && part.form != keep::Form::folder &&
           (part.subject == subject || subject.starts_with(part.subject + "/"));
}

// What the dotfiles would link there, or as a folder around it, now that no keep stands before it.
Result<void> ignore_inside(const keep::Wanted& wanted,
                           const std::string& subject,
                           std::string& text) {
    for (const keep::WantedKeep& part : wanted.keeps) {
        if (links_whole(part, subject)) {
            const std::string source = part.target + subject.substr(part.subject.size());
            ENVKEEP_TRY(text, manifest::ignore_dotfile(text, path_in_repository(wanted, source)));
        }
    }
    return {};
}

Result<void> check_is_ignored(const keep::Wanted& still, const std::vector<std::string>& subjects) {
    for (const keep::WantedKeep& part : still.keeps) {
        for (const std::string& subject : subjects) {
            if (links_whole(part, subject)) {
                return failure(ErrorKind::usage,
                               fmt::format("{} has a name that 'ignore' cannot hold", subject),
                               "put a pattern that fits it under 'ignore' of 'dotfiles' by hand");
            }
        }
    }
    return {};
}

// With its parts, where entries below have split it: by itself the entry would keep it whole.
Result<keep::Wanted> as_split(const World& world,
                              const Session& before,
                              const keep::Wanted& alone,
                              manifest::Mark entry) {
    manifest::Manifest rest = before.manifest;
    std::erase_if(rest.keeps, [&](const manifest::Keep& keep) { return keep.mark == entry; });
    ENVKEEP_TRY(keep::Wanted all, resolved(world, before, before.manifest));
    ENVKEEP_TRY(const keep::Wanted others, resolved(world, before, rest));
    all.keeps = without_those_of(std::move(all), others);
    std::erase_if(all.keeps, [&](const keep::WantedKeep& part) {
        return std::ranges::none_of(alone.keeps, [&](const keep::WantedKeep& whole) {
            return is_path_within(part.subject, whole.subject);
        });
    });
    return all;
}

// What a release of that path has left to do; nothing if there was none, or it came to its end.
Result<std::vector<keep::WantedKeep>> left_of_release(const World& world,
                                                      const Releasing& releasing,
                                                      const std::string& typed) {
    const Session& session = releasing.session;
    const std::optional<Session> before =
        before_its_release(world, session, world.files.absolute(releasing.before.place), typed);
    if (!before) {
        return std::vector<keep::WantedKeep>{};
    }
    const manifest::Keep* const entry = find_keep(*before, typed);
    manifest::Manifest one = before->manifest;
    std::erase_if(one.keeps, [&](const manifest::Keep& keep) {
        return entry == nullptr || keep.mark != entry->mark;
    });
    ENVKEEP_TRY(keep::Wanted wanted, resolved(world, session, one));
    if (entry != nullptr) {
        ENVKEEP_TRY(wanted, as_split(world, *before, wanted, entry->mark));
    }
    ENVKEEP_TRY(const keep::Wanted still, resolved(world, session, session.manifest));
    const std::string subject = subject_of(session, absolute_of(session, typed));
    std::vector<keep::WantedKeep> left = without_those_of(std::move(wanted), still);
    std::erase_if(left, [&](const keep::WantedKeep& keep) {
        const bool is_meant =
            !is_dotfile(keep) || keep.subject == subject || keep.subject.starts_with(subject + "/");
        const bool is_others =
            !is_our_link(world, keep) && other_with_source(keep, still.keeps) != nullptr;
        return !is_meant || is_others || !is_half_released(world, session, keep);
    });
    return left;
}

// Takes the path out of the manifest; false: it is not in there.
Result<bool> take_entry_out(const keep::Wanted& wanted,
                            const std::string& typed,
                            Releasing& releasing) {
    const manifest::Keep* const entry = find_keep(releasing.session, typed);
    if (entry == nullptr) {
        return ignore_linked(wanted,
                             subject_of(releasing.session, absolute_of(releasing.session, typed)),
                             releasing.text);
    }
    ENVKEEP_CHECK(check_is_own(releasing.session, *entry, "release"));
    ENVKEEP_TRY(releasing.text, manifest::remove_keep(releasing.text, entry->path));
    return true;
}

// As by a pattern, which has no `exclude` for one of its matches.
Result<void> check_kept_no_longer(const World& world,
                                  const Session& after,
                                  const keep::Wanted& still,
                                  const std::vector<std::string>& own) {
    for (const std::string& typed : own) {
        const std::string subject = subject_of(after, absolute_of(after, typed));
        const bool is_kept = std::ranges::any_of(still.keeps, [&](const keep::WantedKeep& part) {
            return part.origin == keep::Origin::keep && brings(part, subject);
        });
        const manifest::Keep* const entry =
            is_kept ? entry_that_keeps(after,
                                       subject,
                                       [&](const manifest::Manifest& one) {
                                           return resolved(world, after, one);
                                       })
                    : nullptr;
        if (entry != nullptr) {
            return failure(ErrorKind::usage,
                           fmt::format("{} is kept by the entry {} too: {}:{}",
                                       quoted(typed),
                                       quoted(entry->path),
                                       after.manifest.files.at(entry->mark.file),
                                       entry->mark.line),
                           "change that entry first, so that it keeps it no longer");
        }
    }
    return {};
}

Result<Releasing> prepare(const World& world,
                          Session session,
                          const std::vector<std::string>& paths) {
    ENVKEEP_TRY(ManifestText before, read_manifest_text(world, session));
    Releasing releasing{.session = std::move(session), .before = std::move(before), .text = {}};
    releasing.text = releasing.before.text;
    ENVKEEP_TRY(keep::Wanted wanted,
                resolved(world, releasing.session, releasing.session.manifest));
    std::vector<std::string> subjects;
    std::vector<std::string> own;
    const std::string* unknown = nullptr;
    for (const std::string& typed : paths) {
        subjects.push_back(subject_of(releasing.session, absolute_of(releasing.session, typed)));
        ENVKEEP_TRY(const bool is_kept, take_entry_out(wanted, typed, releasing));
        if (is_kept) {
            own.push_back(typed);
            continue;
        }
        ENVKEEP_TRY(std::vector<keep::WantedKeep> left, left_of_release(world, releasing, typed));
        std::ranges::move(left, std::back_inserter(releasing.half_done));
        unknown = unknown == nullptr ? &typed : unknown;
    }
    // Of one that ended half way some paths may be done.
    if (unknown != nullptr && releasing.half_done.empty()) {
        return not_kept(world, releasing.session, *unknown);
    }
    ENVKEEP_TRY(Session after, session_with(world, releasing.session, releasing.text));
    ENVKEEP_TRY(const std::vector<std::string> excluded, exclude_all(after, own, releasing.text));
    if (!excluded.empty()) {
        ENVKEEP_TRY(after, session_with(world, releasing.session, releasing.text));
        releasing.changed = entries_above(after, excluded);
    }
    ENVKEEP_TRY(keep::Wanted still, resolved(world, releasing.session, after.manifest));
    const std::string without = releasing.text;
    for (const std::string& subject : subjects) {
        ENVKEEP_CHECK(ignore_inside(still, subject, releasing.text));
    }
    if (releasing.text != without) {
        ENVKEEP_TRY(after, session_with(world, releasing.session, releasing.text));
        ENVKEEP_TRY(still, resolved(world, releasing.session, after.manifest));
    }
    ENVKEEP_CHECK(check_is_read(wanted, still));
    ENVKEEP_CHECK(check_is_ignored(still, subjects));
    ENVKEEP_CHECK(check_kept_no_longer(world, after, still, own));
    releasing.keeps = without_those_of(std::move(wanted), still);
    releasing.still = std::move(still.keeps);
    return releasing;
}

// What is not in the store would be out of sight there: the kept copy is an older one.
Result<void> check_is_saved(const Releasing& releasing, const std::vector<keep::Unsaved>& unsaved) {
    for (const keep::Unsaved& one : unsaved) {
        for (const keep::WantedKeep& keep : releasing.keeps) {
            if (is_path_within(one.subject, keep.subject) ||
                is_path_within(keep.subject, one.subject)) {
                return not_saved(one, "nothing was released");
            }
        }
    }
    return {};
}

}  // namespace

Result<ReleaseReport> release(const World& world,
                              const Options& options,
                              const std::vector<std::string>& paths,
                              const Listener& listener) {
    ENVKEEP_TRY(Session session, open_session(world, options));
    if (!session.problems.empty()) {
        return ReleaseReport{.ending = Ending::usage,
                             .changed = {},
                             .released = {},
                             .findings = std::move(session.findings),
                             .problems = std::move(session.problems),
                             .run = {}};
    }
    // Of a copy that was changed the store holds the last version, before it is kept no longer.
    ENVKEEP_TRY(SaveReport saved, save(world, session, listener));
    ENVKEEP_TRY(const Releasing releasing, prepare(world, std::move(session), paths));
    ENVKEEP_CHECK(check_is_saved(releasing, saved.unsaved));
    std::string command = "release";
    for (const std::string& typed : paths) {
        command += " " + shell_quoted(typed);
    }
    ENVKEEP_TRY(store::ChangesClaim claim, claim_store(world, releasing.session.store, command));
    store::Journal journal(journal_folder(releasing.session),
                           store::new_run(command, releasing.session.home_path, world.machine),
                           world.files,
                           *world.writer);
    ReleaseReport report{.ending = saved.unsaved.empty() ? Ending::well : Ending::partly,
                         .changed = releasing.changed,
                         .findings = std::move(saved.findings),
                         .run = journal.run().id};
    // The entry goes first: a run that ends after it leaves links to what is still in the store,
    // never a manifest that would take the released files back in.
    ENVKEEP_CHECK(
        write_manifest_text(world, releasing.session, releasing.before, releasing.text, journal));
    TakeOut taking(
        world, releasing.session, releasing.still, {.journal = journal, .claim = claim}, report);
    const auto each = [&](const std::vector<keep::WantedKeep>& keeps, const auto& act) {
        for (const keep::WantedKeep& keep : keeps) {
            if (listener.phase) {
                listener.phase("releasing " + keep.subject);
            }
            const Result<void> done = claim.renew().and_then([&] { return (taking.*act)(keep); });
            if (!done) {
                report.ending = Ending::partly;
                report.findings.push_back(not_released(keep, done.error()));
            }
        }
    };
    each(releasing.keeps, &TakeOut::release_one);
    each(releasing.half_done, &TakeOut::end_one);
    each(taking.real(), &TakeOut::put_away);
    taking.say_what_stays(command);
    say_temporary(report);
    ENVKEEP_CHECK(journal.finish());
    return report;
}

}  // namespace envkeep::engine
