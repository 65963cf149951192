// SPDX-License-Identifier: MIT
#include "keep/resolve_dotfiles.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/manifest/read.hpp"
#include "envkeep/store/working_copies.hpp"
#include "keep/own_names.hpp"
#include "keep/resolve_glob.hpp"
#include "keep/well_known.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

namespace envkeep::keep {
namespace {

using system::Kind;

constexpr std::string_view dotfiles_subject = "dotfiles";
constexpr std::size_t most_links = 10'000;
constexpr std::size_t most_folders = 1'000;  // that are listed
constexpr std::uint64_t largest_link_file = 1U << 20U;

// Folders that many programs write to: never one link, what is in them is linked entry by entry.
constexpr auto shared_folders = std::to_array<std::string_view>({
    ".cache",
    ".config",
    ".local",
    ".local/bin",
    ".local/lib",
    ".local/share",
    ".local/state",
});

// Patterns of names that tell of the repository itself, or of a tool that reads it.
constexpr auto repository_names = std::to_array<std::string_view>({
    ".DS_Store",
    ".chezmoi*",
    ".circleci",
    ".drone.y*ml",
    ".forgejo",
    ".git",
    ".git-blame-ignore-revs",
    ".gitattributes",
    ".gitea",
    ".github",
    ".gitignore",
    ".gitkeep",
    ".gitlab",
    ".gitlab-ci.y*ml",
    ".gitmodules",
    ".gitreview",
    ".hg",
    ".jj",
    ".mailmap",
    ".pre-commit-config.y*ml",
    ".stow-*",
    ".svn",
    ".travis.y*ml",
    ".woodpecker*",
});

// Home paths that let others in. Only the manifest itself may bring them, by their names.
constexpr auto opening_paths = std::to_array<std::string_view>({
    ".rhosts",
    ".shosts",
    ".ssh/authorized_keys",
    ".ssh/authorized_keys2",
    ".ssh/environment",
    ".ssh/rc",
});

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

// Programs put keys and tokens beside what a repository has of it, where they must not get into it.
bool is_entry_by_entry(std::string_view home_path) {
    return is_one_of(shared_folders, home_path) ||
           well_known_preset(home_path) != manifest::Preset::none ||
           !well_known_below(home_path).empty();
}

bool is_of_repository(std::string_view name) {
    return std::ranges::any_of(
        repository_names, [&](std::string_view pattern) { return name_matches(pattern, name); });
}

// Whether a pattern of `ignore` takes a whole path; `**` stands for any number of folders.
bool path_matches(std::span<const std::string_view> pattern,
                  std::span<const std::string_view> path) {
    if (pattern.empty() || path.empty()) {
        return pattern.empty() && path.empty();
    }
    if (pattern.front() == "**") {
        return pattern.size() == 1 || path_matches(pattern.subspan(1), path) ||
               path_matches(pattern, path.subspan(1));
    }
    return name_matches(pattern.front(), path.front()) &&
           path_matches(pattern.subspan(1), path.subspan(1));
}

class DotfileFinder {
  public:
    DotfileFinder(const manifest::Dotfiles& dotfiles,
                  const store::Store& store,
                  const PlaceFinder& finder,
                  system::FileReader& files,
                  Wanted& wanted,
                  WorkingCopyEntries& found)
        : dotfiles_(dotfiles),
          finder_(finder),
          files_(files),
          wanted_(wanted),
          found_(found),
          base_(store.place(store::names::repositories).child(dotfiles_subject)) {
        for (const std::string& text : dotfiles.ignore) {
            if (auto pattern = RelPath::parse(text)) {
                ignored_.push_back(*std::move(pattern));
            }
        }
    }

    void find() {
        const auto there = files_.status(base_);
        if (!there || there->kind != Kind::folder) {
            return;  // not fetched yet
        }
        base_.path = base_.path.joined(RelPath::parse(dotfiles_.subfolder).value_or(RelPath{}));
        wanted_.dotfiles = model::KeepRow{.subject = std::string(dotfiles_subject),
                                          .place = finder_.home(),
                                          .source = files_.absolute(base_),
                                          .how = "link",
                                          .note = {}};
        is_known_ = true;
        if (dotfiles_.link_auto) {
            find_by_name();
        } else if (!dotfiles_.link_file.empty()) {
            find_by_file();
        } else {
            find_by_map(dotfiles_.links, true);
        }
        say_left_out();
        found_.are_dotfiles_known = is_known_;
    }

  private:
    void find_by_name() {
        const auto entries = list({});
        for (const system::Entry& entry : entries) {
            if (entry.name.starts_with('.') && !is_of_repository(entry.name)) {
                add(RelPath{}.child(entry.name), entry.name, entry.kind, false);
            }
        }
        if (is_known_ && found_.entries.empty() && left_out_.empty()) {
            wanted_.findings.push_back(
                {.id = "dotfiles-nothing-to-link",
                 .severity = model::Severity::info,
                 .subject = std::string(dotfiles_subject),
                 .title = "nothing in the repository has a name that begins with a dot",
                 .evidence = {files_.absolute(base_)},
                 .fix = {.text = "name what is to be linked in 'link:', or the folder that stands "
                                 "for the home in 'subfolder:'"}});
        }
    }

    void find_by_map(const std::vector<std::pair<std::string, std::string>>& links,
                     bool is_of_manifest) {
        for (const auto& [from, to] : links) {
            const auto path = RelPath::parse(from);
            if (!path) {
                continue;
            }
            // What it is makes a difference in few places, and costs a look.
            Kind kind = Kind::file;
            if (is_entry_by_entry(to)) {
                const auto status = files_.status(at(*path));
                kind = status ? status->kind : Kind::absent;
            }
            if (kind == Kind::absent) {
                leave_out(*path, "the repository does not have it");
            } else {
                add(*path, to, kind, is_of_manifest);
            }
        }
    }

    void find_by_file() {
        const auto path = RelPath::parse(dotfiles_.link_file);
        const auto text = path ? files_.read_file(at(*path), largest_link_file)
                               : Result<std::string>(tl::unexpected(path.error()));
        if (!text) {
            say_unreadable("'link:' names a file that cannot be read", text.error());
            return;
        }
        const manifest::Links read = manifest::read_link_file(*text, dotfiles_.link_file);
        for (const manifest::Problem& problem : read.problems) {
            is_known_ = false;
            wanted_.findings.push_back({.id = "dotfiles-link-file",
                                        .severity = model::Severity::error,
                                        .subject = std::string(dotfiles_subject),
                                        .title = problem.message,
                                        .evidence = {fmt::format("{}:{}:{}: {}",
                                                                 files_.absolute(at(*path)),
                                                                 problem.line,
                                                                 problem.column,
                                                                 problem.snippet)},
                                        .fix = {.text = problem.hint}});
        }
        find_by_map(read.links, false);
    }

    // `is_named`: the manifest says this very path.
    void add(const RelPath& from, const std::string& to, Kind kind, bool is_named) {
        if (kind == Kind::other || is_ignored(from) || from.name() == ".git" ||
            is_own_name(from.name()) || store::is_name_beside(from.name())) {
            return;
        }
        if (is_entry_by_entry(to) && kind == Kind::folder) {
            for (const system::Entry& entry : list(from)) {
                add(from.child(entry.name), to + '/' + entry.name, entry.kind, false);
            }
        } else if (is_one_of(shared_folders, to) || (kind == Kind::link && is_entry_by_entry(to))) {
            leave_out(from, "a folder belongs there, and no link is followed");
        } else if (!is_named && is_one_of(opening_paths, to)) {
            leave_out(from, "it lets others in: name it under 'link:' in the manifest");
        } else {
            add_link(from, to);
        }
    }

    void add_link(const RelPath& from, const std::string& to) {
        if (found_.entries.size() >= most_links) {
            stop_at(fmt::format("more than {} links", most_links));
            return;
        }
        auto path = finder_.name(to);
        if (!path) {
            leave_out(from, path.error().message);
            return;
        }
        manifest::Keep& keep = found_.keeps.emplace_back();
        keep.path = to;
        keep.mark = dotfiles_.mark;
        keep.exclude = ignored_below(from);
        found_.entries.push_back({.keep = &keep,
                                  .path = *std::move(path),
                                  .source = at(from),
                                  .origin = Origin::dotfiles});
    }

    [[nodiscard]] bool is_ignored(const RelPath& path) const {
        const auto components = path.components();
        return std::ranges::any_of(ignored_, [&](const RelPath& pattern) {
            return path_matches(pattern.components(), components);
        });
    }

    // What of a linked folder stays out, as patterns below it. `**` reaches no further than what is
    // linked by itself.
    [[nodiscard]] std::vector<std::string> ignored_below(const RelPath& path) const {
        const auto components = path.components();
        std::vector<std::string> below;
        for (const RelPath& pattern : ignored_) {
            const auto parts = pattern.components();
            if (parts.size() <= components.size() || is_one_of(parts, "**") ||
                !path_matches(std::span(parts).first(components.size()), components)) {
                continue;
            }
            RelPath rest;
            for (const std::string_view part : std::span(parts).subspan(components.size())) {
                rest = rest.child(part);
            }
            below.push_back(rest.text());
        }
        return below;
    }

    [[nodiscard]] system::Place at(const RelPath& below) const {
        return {.root = base_.root, .path = base_.path.joined(below)};
    }

    std::vector<system::Entry> list(const RelPath& below) {
        if (++listed_ > most_folders) {
            stop_at(fmt::format("more than {} folders", most_folders));
            return {};
        }
        auto entries = files_.list(at(below));
        if (!entries) {
            say_unreadable("a folder of the repository cannot be read", entries.error());
            return {};
        }
        return *std::move(entries);
    }

    void stop_at(const std::string& limit) {
        if (std::exchange(is_stopped_, true)) {
            return;
        }
        say_unreadable("the repository has more than is linked",
                       {.kind = ErrorKind::unsupported,
                        .message = limit,
                        .hint = "name what is to be linked in 'link:'"});
    }

    void say_unreadable(std::string title, const Error& error) {
        is_known_ = false;
        wanted_.findings.push_back({.id = "dotfiles-unreadable",
                                    .severity = model::Severity::error,
                                    .subject = std::string(dotfiles_subject),
                                    .title = std::move(title),
                                    .evidence = {error.message},
                                    .fix = {.text = error.hint}});
    }

    void leave_out(const RelPath& from, std::string_view reason) {
        constexpr std::size_t most_told = 20;
        if (left_out_.size() < most_told) {
            left_out_.push_back(fmt::format("{}: {}", printable(from.text()), reason));
        }
    }

    void say_left_out() {
        if (left_out_.empty()) {
            return;
        }
        wanted_.findings.push_back(
            {.id = "dotfiles-not-linked",
             .severity = model::Severity::warning,
             .subject = std::string(dotfiles_subject),
             .title = "the repository has something that is not linked",
             .evidence = std::move(left_out_),
             .fix = {.text = "nothing, or 'ignore:' what you do not need in the home"}});
    }

    const manifest::Dotfiles& dotfiles_;
    const PlaceFinder& finder_;
    system::FileReader& files_;
    Wanted& wanted_;
    WorkingCopyEntries& found_;
    system::Place base_;
    std::vector<RelPath> ignored_;
    std::vector<std::string> left_out_;
    std::size_t listed_ = 0;
    bool is_known_ = false;
    bool is_stopped_ = false;
};

}  // namespace

WorkingCopyEntries working_copy_entries(const manifest::Manifest& evaluated,
                                        const store::Store& store,
                                        const PlaceFinder& finder,
                                        system::FileReader& files,
                                        Wanted& wanted) {
    WorkingCopyEntries found;
    if (evaluated.dotfiles) {
        DotfileFinder(*evaluated.dotfiles, store, finder, files, wanted, found).find();
    } else {
        found.are_dotfiles_known = true;
    }
    for (const manifest::Repository& repository : evaluated.repositories) {
        const auto below = RelPath::parse(repository.subfolder);
        auto path = finder.name(repository.dir);
        if (!below || below->is_root() || !path) {
            continue;
        }
        const system::Place folder =
            store.place(store::names::repositories).child(store::working_copy_name(repository));
        manifest::Keep& keep = found.keeps.emplace_back();
        keep.path = repository.dir;
        keep.mark = repository.mark;
        found.entries.push_back(
            {.keep = &keep,
             .path = *std::move(path),
             .source = system::Place{.root = folder.root, .path = folder.path.joined(*below)},
             .origin = Origin::repository});
    }
    return found;
}

}  // namespace envkeep::keep
