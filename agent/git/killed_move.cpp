// SPDX-License-Identifier: MIT
#include "envkeep/core/rel_path.hpp"
#include "git/move.hpp"
#include "git/state.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::git {
namespace {

constexpr std::uint64_t largest_torn = 256ULL << 20U;

std::string_view bytes_of(const git_blob* blob) {
    return {static_cast<const char*>(git_blob_rawcontent(blob)), git_blob_rawsize(blob)};
}

struct Torn {
    git_repository* repository = nullptr;
    system::RootId root;
    std::vector<std::string> missing;  // what the commit before had of them is to be put back
};

bool is_plain(std::uint16_t mode) {
    return mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE;
}

// libgit2 writes a file in its place: where it was cut short stand the first bytes of what was to
// come (or of what was, if this was cut short). Such a file holds nothing of the user's.
bool is_torn(const Torn& torn,
             const git_diff_file& version,
             const system::Status& there,
             const std::string& content) {
    Blob blob;
    if (!is_plain(version.mode) || git_blob_lookup(into(blob), torn.repository, &version.id) != 0) {
        return false;
    }
    const std::string_view whole = bytes_of(blob.get());
    return there.size <= whole.size() && whole.starts_with(content);
}

bool is_whole(const Torn& torn, const git_diff_delta& delta) {
    git_oid id;
    const char* const path = delta.new_file.path;
    return git_repository_hashfile(&id, torn.repository, path, GIT_OBJECT_BLOB, path) == 0 &&
           git_oid_equal(&id, &delta.old_file.id) != 0;
}

void mend(Torn& torn, const git_diff_delta& delta, const LocalAccess& local) {
    const Result<RelPath> path = RelPath::parse(delta.new_file.path);
    if (!path) {
        return;
    }
    const system::Place place{.root = torn.root, .path = *path};
    const Result<system::Status> there = local.files.status(place);
    if (!there) {
        return;
    }
    bool is_missing = there->kind == system::Kind::absent;
    if (there->kind == system::Kind::file && there->size <= largest_torn &&
        !is_whole(torn, delta)) {
        const Result<std::string> content = local.files.read_file(place, largest_torn);
        is_missing = content &&
                     (is_torn(torn, delta.new_file, *there, *content) ||
                      is_torn(torn, delta.old_file, *there, *content)) &&
                     local.writer.remove_file(place, *there);
    }
    if (is_missing && delta.old_file.mode != 0 && delta.new_file.mode != 0) {
        torn.missing.push_back(path->text());
    }
}

Result<void> put_back(const Torn& torn, const git_tree* from) {
    std::vector<char*> paths;
    std::vector<std::string> texts = torn.missing;
    for (std::string& text : texts) {
        paths.push_back(text.data());
    }
    git_checkout_options options = GIT_CHECKOUT_OPTIONS_INIT;
    options.checkout_strategy =
        GIT_CHECKOUT_FORCE | GIT_CHECKOUT_DISABLE_PATHSPEC_MATCH | GIT_CHECKOUT_DONT_UPDATE_INDEX;
    options.paths = {.strings = paths.data(), .count = paths.size()};
    const auto* const tree = reinterpret_cast<const git_object*>(from);
    const int code = paths.empty() ? 0 : git_checkout_tree(torn.repository, tree, &options);
    return code == 0 ? Result<void>{} : git_failure(code, "put back what a killed run left");
}

// Afterwards each file is that of one commit or the other, or the user's.
Result<void> mend_files(git_repository* repository, const Move& move, const LocalAccess& local) {
    Torn torn{.repository = repository, .missing = {}};
    ENVKEEP_TRY(torn.root, local.files.open_root(git_repository_workdir(repository)));
    Tree from;
    if (move.from) {
        ENVKEEP_TRY(from, tree_of(repository, *move.from));
    }
    ENVKEEP_TRY(const Tree to, tree_of(repository, move.to));
    ENVKEEP_TRY(const Diff diff, diff_of(repository, from.get(), to.get()));
    const std::size_t count = git_diff_num_deltas(diff.get());
    for (std::size_t i = 0; i < count; ++i) {
        mend(torn, *git_diff_get_delta(diff.get(), i), local);
    }
    return from ? put_back(torn, from.get()) : Result<void>{};
}

}  // namespace

Result<void> finish_killed_move(Work& work, git_repository* repository, Mark& mark) {
    const Unfinished killed = mark.unfinished();
    git_oid to;
    if (killed.to.empty() || git_oid_fromstr(&to, killed.to.c_str()) != 0) {
        return {};
    }
    const std::optional<git_oid> head = commit_at(repository, "HEAD");
    if ((head ? text_of(*head) : "") != killed.from) {
        return {};  // it had come to its end, or somebody else went on
    }
    const Move move{.from = head, .to = to, .reference = killed.reference};
    mark.keep();
    ENVKEEP_CHECK(mend_files(repository, move, work.local));
    ENVKEEP_TRY(const InTheWay found, move_files(work, repository, mark, move));
    mark.let_go();
    if (found.is_empty()) {
        work.report.change = CopyChange::fast_forwarded;
    }
    return {};
}

}  // namespace envkeep::git
