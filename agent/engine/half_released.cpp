// SPDX-License-Identifier: MIT
#include "engine/half_released.hpp"

#include "engine/carry_out.hpp"
#include "engine/earlier_manifest.hpp"
#include "engine/make_real.hpp"
#include "engine/store_side.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/store/journal.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::engine {
namespace {

// As the journal names the run: 'release' and its paths as they were typed.
bool has_released(const store::RunRecord& run, const Session& session, const std::string& typed) {
    return run.undone_by.empty() && run.run.home == session.home_path &&
           run.run.command.starts_with("release ") &&
           (run.run.command + " ").find(" " + shell_quoted(typed) + " ") != std::string::npos;
}

}  // namespace

std::optional<Session> before_its_release(const World& world,
                                          const Session& session,
                                          const std::string& manifest_path,
                                          const std::string& typed) {
    const auto runs = store::list_runs(journal_folders(session), world.machine, world.files);
    if (!runs) {
        return std::nullopt;
    }
    for (const store::RunRecord& run : *runs) {  // the newest first
        for (const store::RunRecord::Item& item : run.items) {
            if (item.change.kind != store::Change::Kind::replaced_file ||
                item.change.path != manifest_path || !has_released(run, session, typed)) {
                continue;
            }
            const auto text = earlier_manifest(world, session, run, item.change);
            if (!text) {
                return std::nullopt;
            }
            auto before = session_with(world, session, *text);
            return before ? std::optional(*std::move(before)) : std::nullopt;
        }
    }
    return std::nullopt;
}

bool is_half_released(const World& world, const Session& session, const keep::WantedKeep& keep) {
    if (is_our_link(world, keep)) {
        return true;
    }
    if (keep.origin != keep::Origin::keep || keep.form == keep::Form::folder ||
        !is_in_our_store(session, keep)) {
        return false;
    }
    const auto source = world.files.status(keep.source);
    return source && source->kind != system::Kind::absent;
}

Result<void> link_again(const World& world, const keep::WantedKeep& keep, store::Journal& journal) {
    ENVKEEP_TRY(const std::size_t number,
                journal.intend({.kind = store::Change::Kind::made_link,
                                .path = world.files.absolute(keep.place),
                                .text = keep.target}));
    if (Result<void> made = world.writer->make_link(keep.place, keep.target); !made) {
        ENVKEEP_CHECK(journal.gave_up(number));
        return made;
    }
    return journal.done(number);
}

Result<void> check_is_read(const keep::Wanted& before, const keep::Wanted& after) {
    for (const model::Conflict& conflict : after.conflicts) {
        if (std::ranges::find(before.conflicts, conflict.subject, &model::Conflict::subject) ==
            before.conflicts.end()) {
            return failure(ErrorKind::conflict,
                           fmt::format("{}: {}", conflict.subject, conflict.reason),
                           "nothing was released; run the same command again");
        }
    }
    return {};
}

}  // namespace envkeep::engine
