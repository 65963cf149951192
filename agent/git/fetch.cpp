// SPDX-License-Identifier: MIT
#include "git/fetch.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/core/time.hpp"
#include "envkeep/git/address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

namespace envkeep::git {
namespace {

constexpr std::string_view peeled = "^{}";
constexpr std::size_t whole_name = GIT_OID_SHA1_HEXSIZE;

std::string plain_path(std::string path) {
    while (path.ends_with('/')) {
        path.pop_back();
    }
    if (path.ends_with(".git")) {
        path.resize(path.size() - 4);
    }
    while (path.ends_with('/')) {
        path.pop_back();
    }
    path.erase(0, std::min(path.find_first_not_of('/'), path.size()));
    return path;
}

Advertised what_is_there(git_remote* remote) {
    Advertised all;
    const git_remote_head** advertised = nullptr;
    std::size_t count = 0;
    if (git_remote_ls(&advertised, &count, remote) != 0) {
        return all;
    }
    for (const git_remote_head* const head : std::span(advertised, count)) {
        std::string_view name = head->name;
        if (name.ends_with(peeled)) {
            name.remove_suffix(peeled.size());
            if (!all.names.empty() && all.names.back().name == name) {
                all.names.back().id = head->oid;
            }
            continue;
        }
        all.names.push_back({.name = std::string(name), .id = head->oid});
    }
    Buffer branch;
    if (git_remote_default_branch(branch.get(), remote) == 0) {
        all.default_branch = branch.text();
    } else if (const std::vector<std::string> branches = all.branches(); branches.size() == 1) {
        // `git init --bare` names one that nobody pushes where theirs is called otherwise.
        all.default_branch = std::string(heads) + branches.front();
    }
    return all;
}

bool is_on_this_machine(std::string_view url) {
    const Result<Address> address = parse_address(url);
    return address && address->way == Way::file;
}

std::vector<std::string> refspecs_of(git_remote* remote,
                                     const Wish& wish,
                                     const Advertised& there) {
    std::vector<std::string> all;
    git_strarray own{};
    if (git_remote_get_fetch_refspecs(&own, remote) == 0) {
        for (const char* const spec : std::span(own.strings, own.count)) {
            all.emplace_back(spec);
        }
        git_strarray_dispose(&own);
    }
    // A shallow copy was made with one branch; the manifest may name another one since.
    if (!wish.branch.empty() && there.at("refs/heads/" + wish.branch) &&
        std::ranges::none_of(all, [&](const std::string& spec) {
            return spec.find('*') != std::string::npos ||
                   spec.find("refs/heads/" + wish.branch + ":") != std::string::npos;
        })) {
        all.push_back(
            fmt::format("+refs/heads/{}:{}", wish.branch, tracking_name(remote, wish.branch)));
        // Or git would not know what that branch follows.
        (void)git_remote_add_fetch(
            git_remote_owner(remote), git_remote_name(remote), all.back().c_str());
    }
    if (!wish.tag.empty() && there.at("refs/tags/" + wish.tag)) {
        all.push_back(fmt::format("refs/tags/{0}:refs/tags/{0}", wish.tag));
    }
    return all;
}

class Specs {
  public:
    explicit Specs(std::vector<std::string>& texts) {
        for (std::string& text : texts) {
            pointers_.push_back(text.data());
        }
        all_ = {.strings = pointers_.data(), .count = pointers_.size()};
    }

    [[nodiscard]] const git_strarray* get() const { return &all_; }

  private:
    std::vector<char*> pointers_;
    git_strarray all_{};
};

int download(Work& work, git_remote* remote, std::vector<std::string> specs, History history) {
    git_fetch_options options = GIT_FETCH_OPTIONS_INIT;
    work.callbacks.fill(options);
    options.download_tags =
        work.wish.commit.empty() ? GIT_REMOTE_DOWNLOAD_TAGS_AUTO : GIT_REMOTE_DOWNLOAD_TAGS_ALL;
    if (history == History::newest && !is_on_this_machine(git_remote_url(remote))) {
        options.depth = 1;
        options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
    }
    const Specs all(specs);
    if (const int code = git_remote_download(remote, all.get(), &options); code != 0) {
        return code;
    }
    return git_remote_update_tips(remote,
                                  &options.callbacks,
                                  GIT_REMOTE_UPDATE_FETCHHEAD,
                                  options.download_tags,
                                  "fetch by envkeep");
}

// A commit that no branch holds may still be had by its whole name; servers differ. That it is not
// given is told where the commit is looked for.
bool fetch_by_name(Work& work, git_repository* repository, git_remote* remote, History history) {
    git_oid id;
    Database database;
    if (work.wish.commit.size() != whole_name ||
        git_oid_fromstr(&id, work.wish.commit.c_str()) != 0 ||
        git_repository_odb(into(database), repository) != 0 ||
        git_odb_exists(database.get(), &id) == 1) {
        return false;
    }
    const bool came = download(work, remote, {work.wish.commit}, history) == 0;
    (void)git_remote_disconnect(remote);
    return came;
}

// When the copy was last fetched, for whom there is nothing newer.
std::vector<std::string> last_fetched(Work& work, git_repository* repository) {
    const Result<system::Status> mark =
        work.local.files.follow(std::string(git_repository_path(repository)) + "FETCH_HEAD");
    if (!mark || mark->kind != system::Kind::file) {
        const bool is_here = git_repository_head_unborn(repository) == 0;
        return is_here ? std::vector<std::string>{"what is here is as it was cloned"}
                       : std::vector<std::string>();
    }
    return {fmt::format("what is here was last fetched {} ago, at {}",
                        age_text(work.local.machine.now() - mark->modified),
                        utc_text(mark->modified))};
}

void tell_failure(Work& work, git_repository* repository, int code) {
    const std::string words = last_words();
    if (git_failure(code, "fetch").value().kind == ErrorKind::no_space) {
        work.tell(git_failure(code, "fetch").value());
        return;
    }
    model::Finding finding = work.callbacks.failure(code);
    work.report.is_network_at_fault = work.callbacks.is_network_at_fault(code);
    for (std::string& line : last_fetched(work, repository)) {
        finding.evidence.push_back(std::move(line));
    }
    work.tell(std::move(finding));
}

}  // namespace

std::optional<git_oid> Advertised::at(std::string_view name) const {
    const auto found = std::ranges::find(names, name, &Name::name);
    return found == names.end() ? std::nullopt : std::optional(found->id);
}

std::vector<std::string> Advertised::branches() const {
    std::vector<std::string> found;
    for (const Name& one : names) {
        if (one.name.starts_with(heads)) {
            found.push_back(one.name.substr(heads.size()));
        }
    }
    return found;
}

bool is_same_repository(std::string_view one, std::string_view other) {
    if (one == other) {
        return true;
    }
    const Result<Address> first = parse_address(one);
    const Result<Address> second = parse_address(other);
    return first && second && first->host == second->host &&
           plain_path(first->path) == plain_path(second->path);
}

std::string rewritten(git_repository* repository, const std::string& url) {
    Remote remote;
    if (git_remote_create_anonymous(into(remote), repository, url.c_str()) != 0 ||
        git_remote_url(remote.get()) == nullptr) {
        return url;
    }
    return git_remote_url(remote.get());
}

Remote remote_of(git_repository* repository, const Wish& wish) {
    const std::string url = rewritten(repository, wish.url);
    git_strarray names{};
    if (git_remote_list(&names, repository) != 0) {
        return {};
    }
    Remote found;
    for (const char* const name : std::span(names.strings, names.count)) {
        Remote remote;
        if (git_remote_lookup(into(remote), repository, name) == 0 &&
            git_remote_url(remote.get()) != nullptr &&
            is_same_repository(git_remote_url(remote.get()), url) &&
            (!found || std::string_view(name) == "origin")) {
            found = std::move(remote);
        }
    }
    git_strarray_dispose(&names);
    if (found) {
        git_remote_set_instance_url(found.get(), url.c_str());
    }
    return found;
}

std::string tracking_name(git_remote* remote, std::string_view branch) {
    if (branch.starts_with(heads)) {
        branch.remove_prefix(heads.size());
    }
    return fmt::format("refs/remotes/{}/{}", git_remote_name(remote), branch);
}

std::optional<Advertised> fetch(Work& work,
                                git_repository* repository,
                                git_remote* remote,
                                History history) {
    git_remote_connect_options connecting = GIT_REMOTE_CONNECT_OPTIONS_INIT;
    work.callbacks.fill(connecting);
    int code = git_remote_connect_ext(remote, GIT_DIRECTION_FETCH, &connecting);
    if (code != 0) {
        tell_failure(work, repository, code);
        return std::nullopt;
    }
    Advertised there = what_is_there(remote);
    // One negotiation a connection; libgit2 connects anew where there is none.
    if (history == History::newest && !work.wish.commit.empty()) {
        (void)git_remote_disconnect(remote);
        if (fetch_by_name(work, repository, remote, history)) {
            return there;
        }
        history = History::whole;
    }
    if (!there.names.empty()) {
        code = download(work, remote, refspecs_of(remote, work.wish, there), history);
    }
    if (code != 0) {
        tell_failure(work, repository, code);
    }
    (void)git_remote_disconnect(remote);
    if (code == 0) {
        (void)fetch_by_name(work, repository, remote, history);
    }
    return code == 0 ? std::optional(std::move(there)) : std::nullopt;
}

}  // namespace envkeep::git
