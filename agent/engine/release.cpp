// SPDX-License-Identifier: MIT
#include "engine/carry_out.hpp"
#include "engine/make_real.hpp"
#include "engine/manifest_edit.hpp"
#include "engine/ready_store.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/household.hpp"
#include "envkeep/manifest/edit.hpp"
#include "envkeep/store/lease.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::engine {
namespace {

using store::Change;

// What of the wanted keeps one entry of the manifest stands for.
std::vector<keep::WantedKeep> part_of(const keep::Wanted& wanted,
                                      const Session& session,
                                      const std::string& typed) {
    const std::string absolute = absolute_of(session, typed);
    const std::string home = session.home_path + "/";
    const std::string subject =
        absolute.starts_with(home) ? "~/" + absolute.substr(home.size()) : absolute;
    std::vector<keep::WantedKeep> part;
    for (const keep::WantedKeep& keep : wanted.keeps) {
        if (keep.subject == subject || keep.subject.starts_with(subject + "/")) {
            part.push_back(keep);
        }
    }
    return part;
}

// Only what lies in our own part of the store moves; what `to:` named elsewhere is the user's
// place.
bool is_in_our_store(const Session& session, const keep::WantedKeep& keep) {
    return keep.target.starts_with(session.store.path + "/");
}

Result<std::string> store_side_aside(const World& world,
                                     const Session& session,
                                     const keep::WantedKeep& keep,
                                     store::Journal& journal) {
    const std::string below = keep.target.substr(session.store.path.size() + 1);
    ENVKEEP_TRY(RelPath path, RelPath::parse(below));
    const system::Place folder =
        session.store.place(store::names::backups).child("released").child(journal.run().id);
    const system::Place to{.root = folder.root, .path = folder.path.joined(path)};
    ENVKEEP_CHECK(world.writer->make_folders(to.parent(), 0700));
    const Change change{.kind = Change::Kind::moved,
                        .is_in_store = true,
                        .path = world.files.absolute(to),
                        .other = keep.target};
    ENVKEEP_TRY(const std::size_t number, journal.intend(change));
    if (Result<void> moved = world.writer->move(keep.source, to); !moved) {
        ENVKEEP_CHECK(journal.gave_up(number));
        return tl::unexpected(std::move(moved).error());
    }
    ENVKEEP_CHECK(journal.done(number));
    return world.files.absolute(to);
}

bool holds_the_store(const Session& session, const keep::WantedKeep& keep) {
    return keep.target == session.store.base_path ||
           session.store.base_path.starts_with(keep.target + "/");
}

Result<void> release_one(const World& world,
                         const Session& session,
                         const keep::WantedKeep& keep,
                         store::Journal& journal,
                         ReleaseReport& report) {
    ReleaseReport::One one{
        .subject = keep.subject, .place = world.files.absolute(keep.place), .kept_at = keep.target};
    if (keep.form == keep::Form::folder) {
        return {};
    }
    const bool is_linked = is_our_link(world, keep);
    if (keep.form == keep::Form::link && !is_linked) {
        ENVKEEP_TRY(const system::Status there, world.files.status(keep.place));
        if (there.kind == system::Kind::absent) {
            return {};
        }
        return failure(ErrorKind::conflict,
                       fmt::format("{} is not our link", keep.subject),
                       "'envkeep restore' brings it into order, then release it");
    }
    if (is_linked && !holds_the_store(session, keep)) {
        ENVKEEP_CHECK(make_real(world, keep, journal));
    }
    if (is_in_our_store(session, keep)) {
        ENVKEEP_TRY(const system::Status source, world.files.status(keep.source));
        if (source.kind != system::Kind::absent) {
            ENVKEEP_TRY(one.kept_at, store_side_aside(world, session, keep, journal));
        }
    }
    report.released.push_back(std::move(one));
    return {};
}

struct Releasing {
    Session session;
    ManifestText before;
    std::string text;  // of the manifest without the entries
    std::vector<keep::WantedKeep> keeps;
};

Result<Releasing> prepare(const World& world,
                          const Options& options,
                          const std::vector<std::string>& paths) {
    ENVKEEP_TRY(Session session, open_session(world, options));
    ENVKEEP_TRY(ManifestText before, read_manifest_text(world, session));
    Releasing releasing{
        .session = std::move(session), .before = std::move(before), .text = {}, .keeps = {}};
    releasing.text = releasing.before.text;
    ENVKEEP_TRY(const keep::Wanted wanted,
                keep::resolve(releasing.session.manifest,
                              {.home = releasing.session.home,
                               .store = releasing.session.store,
                               .python = python_of(world, releasing.session),
                               .modes_honoured = are_modes_honoured(world, releasing.session)},
                              world.files));
    for (const std::string& typed : paths) {
        const manifest::Keep* const entry =
            find_keep(releasing.session, releasing.session.written.keeps, typed);
        if (entry == nullptr) {
            return failure(ErrorKind::usage,
                           fmt::format("{} is not kept", quoted(typed)),
                           "'envkeep status' lists what is");
        }
        ENVKEEP_TRY(releasing.text, manifest::remove_keep(releasing.text, entry->path));
        for (keep::WantedKeep& keep : part_of(wanted, releasing.session, typed)) {
            releasing.keeps.push_back(std::move(keep));
        }
    }
    return releasing;
}

void say_temporary(ReleaseReport& report) {
    if (report.released.empty()) {
        return;
    }
    model::Finding finding{
        .id = "home-is-temporary",
        .severity = model::Severity::info,
        .subject = "release",
        .title =
            "this home is temporary: what was released ends with this "
            "container",
        .fix = {.text = "the kept copies stay in the store until you remove them"}};
    for (const ReleaseReport::One& one : report.released) {
        finding.evidence.push_back(fmt::format("{}: kept copy in {}", one.subject, one.kept_at));
    }
    report.findings.push_back(std::move(finding));
}

}  // namespace

Result<ReleaseReport> release(const World& world,
                              const Options& options,
                              const std::vector<std::string>& paths,
                              const Listener& listener) {
    ENVKEEP_TRY(const Releasing releasing, prepare(world, options, paths));
    std::string command = "release";
    for (const std::string& typed : paths) {
        command += " " + typed;
    }
    ENVKEEP_TRY(const store::ChangesClaim claim,
                store::ChangesClaim::take(
                    releasing.session.store, command, world.machine, world.files, *world.writer));
    store::Journal journal(journal_folder(releasing.session),
                           store::new_run(command, releasing.session.home_path, world.machine),
                           world.files,
                           *world.writer);
    ReleaseReport report{.run = journal.run().id};
    // The entry goes first: a run that ends after it leaves links to what is still in the store,
    // never a manifest that would take the released files back in.
    ENVKEEP_CHECK(
        write_manifest_text(world, releasing.session, releasing.before, releasing.text, journal));
    for (const keep::WantedKeep& keep : releasing.keeps) {
        if (listener.phase) {
            listener.phase(fmt::format("copying {} to this home", keep.subject));
        }
        const Result<void> released = release_one(world, releasing.session, keep, journal, report);
        if (!released) {
            report.ending = Ending::partly;
            report.findings.push_back({.id = "keep-conflict",
                                       .severity = model::Severity::error,
                                       .subject = keep.subject,
                                       .title = released.error().message,
                                       .fix = {.text = released.error().hint}});
        }
    }
    say_temporary(report);
    ENVKEEP_CHECK(journal.finish());
    return report;
}

}  // namespace envkeep::engine
