// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/keep/merge.hpp"
#include "envkeep/keep/wanted.hpp"
#include "envkeep/manifest/store_parts.hpp"
#include "envkeep/store/session_state.hpp"
#include "keep/own_names.hpp"
#include "keep/resolve_dotfiles.hpp"
#include "keep/resolve_entry.hpp"
#include "keep/resolve_glob.hpp"
#include "keep/resolve_preset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace envkeep::keep {
namespace {

std::string_view first_name(const RelPath& path) {
    return std::string_view(path.text()).substr(0, path.text().find('/'));
}

RelPath path_below(const Entry& entry, const Entry& ancestor) {
    return entry.path.below.below(ancestor.path.below);
}

Form asked_form(manifest::How how) {
    switch (how) {
        case manifest::How::link:
            break;
        case manifest::How::copy:
        case manifest::How::merge:
            return Form::copy;
        case manifest::How::packed:
            return Form::packed;
    }
    return Form::link;
}

bool needs_walk(const std::string& exclude) {
    return exclude.find("**") != std::string::npos;
}

class Resolver {
  public:
    Resolver(const manifest::Manifest& evaluated,
             const ResolveContext& context,
             PlaceFinder& finder,
             system::FileReader& files)
        : manifest_(evaluated), context_(context), finder_(finder), files_(files) {
        wanted_.store_path = context.store.path;
        wanted_.older_stores = lasting_folders();
        is_home_apart_ = !is_path_within(finder.real_home(), finder.real_store()) &&
                         !is_path_within(finder.real_store(), finder.real_home());
    }

    Wanted resolve() {
        WorkingCopyEntries more =
            working_copy_entries(manifest_, context_.store, finder_, files_, wanted_);
        std::vector<Entry> entries =
            entries_of(manifest_, std::move(more.entries), finder_, files_, wanted_);
        find_places(entries);
        if (context_.state != nullptr && !more.are_dotfiles_known) {
            spare_links_to_dotfiles(*context_.state, context_.store, finder_, files_, entries);
        }
        wanted_.keeps.reserve(entries.size());
        for (Entry& entry : entries) {
            if (entry.wanted) {
                emit(entry);
            }
        }
        if (context_.state != nullptr) {
            find_former_links(
                *context_.state, context_.store, more.are_dotfiles_known, finder_, files_, wanted_);
        }
        return std::move(wanted_);
    }

  private:
    std::vector<std::string> lasting_folders() const {
        std::vector<std::string> folders;
        const auto add = [&](const std::string& folder) {
            const bool is_all = folder.find_first_not_of('/') == std::string::npos;
            if (!is_all && !is_path_within(folder, finder_.real_home()) &&
                !is_path_within(finder_.real_home(), folder)) {
                folders.push_back(folder);
            }
        };
        add(context_.store.base_path);
        for (const manifest::Keep& keep : manifest_.keeps) {
            if (keep.to && keep.to->starts_with('/')) {
                add(*keep.to);
            }
        }
        return folders;
    }

    void find_places(std::vector<Entry>& entries) {
        std::vector<Entry*> above;  // the sound entries that this one is below, topmost first
        for (Entry& entry : entries) {
            while (!above.empty() &&
                   !is_path_within(entry.path.absolute, above.back()->path.absolute)) {
                above.pop_back();
            }
            Entry* const ancestor = above.empty() ? nullptr : above.back();
            const bool is_sound = find_place(entry, ancestor);
            if (ancestor != nullptr) {
                dig(ancestor->holes,
                    path_below(entry, *ancestor),
                    is_sound ? HoleFor::keep : HoleFor::exclude);
                if (entry.keep->how == manifest::How::merge) {
                    leave_journals_out(entry, *ancestor);
                }
            }
            if (is_sound) {
                above.push_back(&entry);
            }
        }
    }

    // They belong to the home's database alone.
    static void leave_journals_out(const Entry& entry, Entry& ancestor) {
        const RelPath database = path_below(entry, ancestor);
        for (const std::string_view suffix : journal_suffixes) {
            dig(ancestor.holes,
                database.parent().child(std::string(database.name()).append(suffix)),
                HoleFor::exclude);
        }
    }

    bool find_place(Entry& entry, const Entry* ancestor) {
        Result<WantedKeep> wanted = wanted_of(entry, ancestor);
        if (!wanted) {
            std::vector<std::string> commands{edit_command(manifest_, *entry.keep)};
            if (!wanted.error().hint.empty()) {
                commands.insert(commands.begin(), wanted.error().hint);
            }
            add_conflict(entry, wanted.error().message, std::move(commands), wanted_);
            return false;
        }
        entry.wanted = *std::move(wanted);
        const std::string reason = reason_against(entry, *entry.wanted);
        if (!reason.empty()) {
            add_conflict(entry, reason, {edit_command(manifest_, *entry.keep)}, wanted_);
            entry.wanted.reset();
            return false;
        }
        entry.wanted->group = next_group_++;
        return true;
    }

    Result<WantedKeep> wanted_of(const Entry& entry, const Entry* ancestor) {
        const manifest::Keep& keep = *entry.keep;
        WantedKeep wanted{
            .subject = entry.path.subject,
            .kind = keep.kind,
            .on_conflict = keep.on_conflict,
            .preset = preset_of(keep, entry.path),
            .guards_secrets = !keep.preset && entry.path.is_in_home && entry.origin == Origin::keep,
            .may_be_missing = entry.source.has_value(),
            .origin = entry.origin};
        // Behind the ancestor's root, so that a link of ours at the ancestor is never walked
        // through.
        if (ancestor != nullptr) {
            const system::Place& place = ancestor->wanted->place;
            wanted.place = {.root = place.root,
                            .path = place.path.joined(path_below(entry, *ancestor))};
        } else {
            ENVKEEP_TRY(wanted.place, finder_.place_of(entry.path));
        }
        if (entry.source) {
            wanted.source = *entry.source;
        } else if (keep.to) {
            ENVKEEP_TRY(wanted.source, finder_.source_of(*keep.to));
        } else {
            wanted.source = finder_.default_source(entry.path);
        }
        wanted.target = files_.absolute(wanted.source);
        wanted.form = form_of(asked_form(keep.how), wanted.preset, context_.modes_honoured);
        if (keep.how == manifest::How::merge) {
            wanted.merges = true;
            wanted.kind = manifest::KeepKind::file;
        }
        return wanted;
    }

    // Why this can never be carried out; empty if it can.
    std::string reason_against(const Entry& entry, const WantedKeep& wanted) {
        if (entry.path.is_in_home && is_own_name(first_name(wanted.place.path))) {
            return "this folder is envkeep's own";
        }
        const std::string_view part = first_name(wanted.source.path);
        if (wanted.source.root == context_.store.root &&
            (manifest::is_store_part(part) || is_own_name(part))) {
            return fmt::format("its source {} is envkeep's own", quoted(wanted.target));
        }
        if (wanted.form == Form::packed && wanted.preset != manifest::Preset::none) {
            return "it holds secrets, and a snapshot leaves them out: a link or a copy keeps it";
        }
        if (is_home_apart_ && wanted.place.root == context_.home && !wanted.place.path.is_root() &&
            wanted.source.root == context_.store.root && !wanted.source.path.is_root()) {
            return {};
        }
        return reason_by_paths(wanted);
    }

    std::string reason_by_paths(const WantedKeep& wanted) {
        const std::string place = finder_.real(wanted.place);
        const std::string source = finder_.real(wanted.source);
        if (is_path_within(finder_.real_home(), place)) {
            return "it is the home itself or holds it";
        }
        if (source == finder_.real_store()) {
            return "its source is the whole store";
        }
        if (place == source) {
            return fmt::format("place and source are one: {}", quoted(source));
        }
        if (is_path_within(source, place)) {
            return fmt::format("its source {} lies inside it", quoted(wanted.target));
        }
        if (is_path_within(place, source)) {
            return fmt::format("it lies inside its own source {}", quoted(wanted.target));
        }
        if (is_path_within(place, finder_.real_store())) {
            return "it lies in the store";
        }
        if (is_path_within(finder_.real_store(), place)) {
            return "it holds the store";
        }
        return {};
    }

    void emit(Entry& entry) {
        const manifest::Keep& keep = *entry.keep;
        if (entry.wanted->form == Form::packed) {
            emit_packed(entry);
            return;
        }
        if (!keep.exclude.empty()) {
            if (const auto done = leave_out(entry); !done) {
                add_conflict(entry, done.error().message, commands_for(entry), wanted_);
                return;
            }
        }
        if (!keep.children && !keep.per_python && entry.holes.is_empty()) {
            wanted_.keeps.push_back(*std::move(entry.wanted));
            return;
        }
        if (keep.kind == manifest::KeepKind::file) {
            add_conflict(entry,
                         "it is kept as a file, but something below it has an entry of its own",
                         {edit_command(manifest_, keep)},
                         wanted_);
            return;
        }
        emit_folder(entry);
    }

    // A real folder whatever is below it. What is excluded is so from snapshots.
    void emit_packed(Entry& entry) {
        add_ends(entry.holes, {}, entry.wanted->leaves_out);
        std::ranges::sort(entry.wanted->leaves_out);
        wanted_.keeps.push_back(*std::move(entry.wanted));
    }

    static void add_ends(const Holes& holes, const RelPath& at, std::vector<RelPath>& ends) {
        for (const auto& [name, below] : holes.below) {
            if (below.is_keep || below.is_left_out) {
                ends.push_back(at.child(name));
            } else {
                add_ends(below, at.child(name), ends);
            }
        }
    }

    void emit_folder(const Entry& entry) {
        const FolderRules rules{.layout = entry.keep->per_python ? Layout::python : Layout::plain,
                                .python = context_.python,
                                .store_path = context_.store.path,
                                .modes_honoured = context_.modes_honoured};
        auto keeps = keeps_of_folder(*entry.wanted, entry.holes, rules, files_);
        if (!keeps) {
            add_conflict(entry, keeps.error().message, commands_for(entry), wanted_);
            return;
        }
        std::move(keeps->begin(), keeps->end(), std::back_inserter(wanted_.keeps));
        if (entry.keep->per_python && context_.python.empty()) {
            say_no_python(entry);
        }
    }

    // Excluded paths become holes, so that they stay where they are. What a `**` pattern finds,
    // which may be anywhere, is left out of what is copied.
    Result<void> leave_out(Entry& entry) {
        for (const std::string& exclude : entry.keep->exclude) {
            ENVKEEP_TRY(RelPath pattern, RelPath::parse(exclude));
            if (pattern.is_root()) {
                continue;
            }
            if (!is_pattern(exclude)) {
                dig(entry.holes, pattern, HoleFor::exclude);
            } else if (!needs_walk(exclude)) {
                entry.holes.patterns.push_back(std::move(pattern));
            } else if (entry.wanted->form == Form::copy) {
                ENVKEEP_CHECK(leave_out_of_copy(pattern, *entry.wanted));
            } else {
                return failure(ErrorKind::conflict,
                               fmt::format("{} cannot be left out of folders that are linked whole",
                                           quoted(exclude)));
            }
        }
        return {};
    }

    Result<void> leave_out_of_copy(const RelPath& pattern, WantedKeep& wanted) {
        std::set<RelPath> found(wanted.leaves_out.begin(), wanted.leaves_out.end());
        for (const system::Place& side : {wanted.place, wanted.source}) {
            ENVKEEP_TRY(const std::vector<RelPath> there,
                        expand_pattern(pattern, side, HiddenNames::like_others, files_));
            found.insert(there.begin(), there.end());
        }
        wanted.leaves_out.assign(found.begin(), found.end());
        return {};
    }

    std::vector<std::string> commands_for(const Entry& entry) const {
        return {"ls -ld " + shell_quoted(entry.path.absolute) + ' ' +
                    shell_quoted(entry.wanted->target),
                edit_command(manifest_, *entry.keep)};
    }

    void say_no_python(const Entry& entry) {
        wanted_.findings.push_back(
            {.id = "python-not-found",
             .severity = model::Severity::warning,
             .subject = entry.path.subject,
             .title = "no Python was found, so 'bin' has no version to be kept under",
             .evidence = {entry.path.absolute + "/bin: left as it is, not kept"},
             .fix = {.commands = {"command -v python3", "envkeep restore"},
                     .text = "install Python or a Jupyter kernel, then restore again"}});
    }

    const manifest::Manifest& manifest_;
    const ResolveContext& context_;
    PlaceFinder& finder_;
    system::FileReader& files_;
    Wanted wanted_;
    bool is_home_apart_ = false;
    std::size_t next_group_ = 0;
};

}  // namespace

Result<Wanted> resolve(const manifest::Manifest& evaluated,
                       const ResolveContext& context,
                       system::FileReader& files) {
    const bool has_links = context.state != nullptr && !context.state->files.empty();
    if (evaluated.keeps.empty() && !evaluated.dotfiles && evaluated.repositories.empty() &&
        !has_links) {
        return Wanted{.store_path = context.store.path};
    }
    ENVKEEP_TRY(PlaceFinder finder, PlaceFinder::create(context, files));
    return Resolver(evaluated, context, finder, files).resolve();
}

}  // namespace envkeep::keep
