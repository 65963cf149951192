// SPDX-License-Identifier: MIT
#include "engine/manifest_edit.hpp"

#include "engine/read_through.hpp"
#include "envkeep/core/digest.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/store/backups.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::engine {

std::string absolute_of(const Session& session, std::string_view typed) {
    std::string full;
    if (typed.starts_with('/')) {
        full = typed;
    } else if (typed == "~" || typed.starts_with("~/")) {
        full = fmt::format("{}/{}", session.home_path, typed.substr(1));
    } else {
        full = fmt::format("{}/{}", session.home_path, typed);
    }
    std::string clean;
    for (const std::string_view part : split(full, '/')) {
        if (!part.empty() && part != ".") {
            clean += '/';
            clean += part;
        }
    }
    return clean.empty() ? "/" : clean;
}

std::string manifest_path_of(const Session& session, const std::string& absolute) {
    const std::string home = session.home_path + "/";
    return absolute.starts_with(home) ? absolute.substr(home.size()) : absolute;
}

const manifest::Keep* find_keep(const Session& session, const std::string& typed) {
    const std::string wanted = absolute_of(session, typed);
    const auto is_meant = [&](const manifest::Keep& keep) {
        return absolute_of(session, keep.path) == wanted;
    };
    const std::vector<manifest::Keep>& written = session.written.keeps;
    // Variables are expanded in what holds here; of two with conditions that one is meant.
    const std::vector<manifest::Keep>& here = session.manifest.keeps;
    const auto holds = std::ranges::find_if(here, is_meant);
    const auto found = holds == here.end()
                           ? std::ranges::find_if(written, is_meant)
                           : std::ranges::find_if(written, [&](const manifest::Keep& keep) {
                                 return keep.mark == holds->mark;
                             });
    return found == written.end() ? nullptr : &*found;
}

std::string subject_of(const Session& session, const std::string& absolute) {
    const std::string home = session.home_path + "/";
    return absolute.starts_with(home) ? "~/" + absolute.substr(home.size()) : absolute;
}

Result<void> check_is_own(const Session& session,
                          const manifest::Keep& entry,
                          std::string_view what) {
    if (entry.mark.file == 0) {
        return {};
    }
    return failure(
        ErrorKind::usage,
        fmt::format("{} is kept by an included file: {}:{}",
                    quoted(entry.path),
                    session.written.files.at(entry.mark.file),
                    entry.mark.line),
        fmt::format("move the entry to {}, then {} it", quoted(session.manifest_file), what));
}

Result<ManifestText> read_manifest_text(const World& world, const Session& session) {
    ManifestText manifest;
    ENVKEEP_TRY(manifest.place, real_place(world.files, session.manifest_file));
    ENVKEEP_TRY(manifest.seen, world.files.status(manifest.place));
    ENVKEEP_TRY(manifest.text, world.files.read_file(manifest.place, manifest::largest_manifest));
    return manifest;
}

Result<void> write_manifest_text(const World& world,
                                 const Session& session,
                                 const ManifestText& before,
                                 const std::string& text,
                                 store::Journal& journal) {
    if (text == before.text) {
        return {};
    }
    const std::string& run = journal.run().id;
    const std::string name(store::names::manifest);
    const system::Place folder = session.store.place(store::names::backups).child(run);
    const system::Place kept = folder.child(name);
    const store::Change change{.kind = store::Change::Kind::replaced_file,
                               .is_in_store = true,
                               .path = world.files.absolute(before.place),
                               .other = world.files.absolute(kept),
                               .text = digest_of(text).text()};
    ENVKEEP_CHECK(world.writer->make_folders(folder, 0700));
    ENVKEEP_CHECK(
        store::note_backup(session.store,
                           run,
                           {.path = change.path, .name = name, .bytes = before.text.size()},
                           *world.writer));
    // Its mode comes back with it.
    ENVKEEP_CHECK(world.writer->write_file(kept, before.text, before.seen.mode, std::nullopt));
    ENVKEEP_TRY(const std::size_t number, journal.intend(change));
    if (Result<void> written =
            world.writer->write_file(before.place, text, before.seen.mode, before.seen);
        !written) {
        ENVKEEP_CHECK(journal.gave_up(number));
        Error error = std::move(written).error();
        if (error.kind == ErrorKind::conflict) {
            error.hint = "somebody changed it meanwhile: give the same command again";
        }
        return tl::unexpected(std::move(error).while_doing("editing the manifest"));
    }
    return journal.done(number);
}

Result<Session> session_with(const World& world, const Session& session, const std::string& text) {
    const manifest::ReadFile from_files = read_through(world.files);
    const manifest::ReadFile read_file = [&](const std::string& absolute) -> Result<std::string> {
        if (absolute == session.manifest_file) {
            return text;
        }
        return from_files(absolute);
    };
    ENVKEEP_TRY(manifest::Reading reading, manifest::read(session.manifest_file, read_file));
    Session changed = session;
    changed.written = std::move(reading.manifest);
    changed.problems = std::move(reading.problems);
    manifest::Reading evaluated =
        manifest::evaluate(changed.written, facts_of(world, session.home_path, session.platform));
    changed.manifest = std::move(evaluated.manifest);
    manifest::add_problems(
        changed.problems, std::move(evaluated.problems), changed.written.files, read_file);
    return changed;
}

}  // namespace envkeep::engine
