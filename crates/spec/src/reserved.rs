//! Names that RDS for PostgreSQL takes for neither a database nor the master user.
//!
//! AWS says that a name "can't be a word reserved by the database engine" and lists none
//! (<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>).
//! What it refused in public reports are words of PostgreSQL's appendix of SQL key words
//! (<https://www.postgresql.org/docs/current/sql-keywords-appendix.html>), reserved ones and
//! others. So reserved words and those of the reports are refused here, and the rest of the
//! appendix is only warned about: a database that exists may well be called `data`.

/// How RDS takes a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    /// It is nobody's.
    Free,
    /// It is an SQL key word, which RDS may refuse.
    Doubtful,
    /// It is refused.
    Reserved,
}

/// Words that are no reserved key words of PostgreSQL, and that RDS was seen to refuse:
/// <https://github.com/aws/aws-cdk/pull/10597> (`admin`),
/// <https://github.com/aws-cloudformation/cfn-lint/pull/4425> and
/// <https://github.com/awslabs/aws-saas-boost/issues/180> (the same, of Aurora PostgreSQL),
/// <https://github.com/oslokommune/okctl/pull/899> (`db`, `database`); the others are quoted in
/// runbooks with RDS's "is a reserved word for this engine".
const REPORTED: &str = "admin catalog comments database db dispatch flag identity";

/// Names that RDS and PostgreSQL keep to themselves: `rdsadmin` and `rdstopmgr`
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Roles.rds_superuser.html>),
/// `rdsproxyadmin`
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.html>), and
/// `rdsrepladmin`, which RDS documents for MySQL only
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.MySQL.CommonDBATasks.html>).
const OWN: &str = "none public rdsadmin rdsproxyadmin rdsrepladmin rdstopmgr template0 template1";

/// Beginnings of the names of PostgreSQL's own roles, and of RDS's.
const PREFIXES: [&str; 2] = ["pg_", "rds_"];

/// PostgreSQL's reserved key words, also those that may name a function or a type (PostgreSQL 18,
/// `pg_get_keywords()`).
const RESERVED: &str = "\
    all analyse analyze and any array as asc asymmetric authorization binary both case cast \
    check collate collation column concurrently constraint create cross current_catalog \
    current_date current_role current_schema current_time current_timestamp current_user default \
    deferrable desc distinct do else end except false fetch for foreign freeze from full grant \
    group having ilike in initially inner intersect into is isnull join lateral leading left \
    like limit localtime localtimestamp natural not notnull null offset on only or order outer \
    overlaps placing primary references returning right select session_user similar some \
    symmetric system_user table tablesample then to trailing true union unique user using \
    variadic verbose when where window with";

/// The other key words of the appendix, PostgreSQL's and the standard's.
const OTHERS: &str = "\
    abort abs absent absolute access acos action ada add admin after aggregate allocate also \
    alter always are array_agg array_max_cardinality asensitive asin assertion assignment at \
    atan atomic attach attribute attributes avg backward before begin begin_frame \
    begin_partition bernoulli between bigint bit blob boolean breadth by cache call called \
    cardinality cascade cascaded catalog ceil ceiling chain chaining char char_length character \
    character_length characteristics characters checkpoint class classifier clob close cluster \
    coalesce cobol collect columns comment comments commit committed compression condition \
    conditional configuration conflict connect connection constraints constructor contains \
    content continue conversion convert copy corr corresponding cos cosh cost count csv cube \
    current cursor cycle data database date day deallocate dec decfloat decimal declare defaults \
    deferred define defined definer degree delete delimiter delimiters depends depth deref \
    derived describe descriptor detach deterministic diagnostics dictionary disable discard \
    disconnect dispatch document domain double drop dynamic each element empty enable encoding \
    encrypted enforced enum equals error escape event every exclude excluding exclusive exec \
    execute exists exp explain expression extension external extract family filter final \
    finalize finish first flag float floor following force format fortran forward found free \
    fulfill function functions fusion general generated get global go goto granted greatest \
    grouping groups handler header hierarchy hold hour identity if ignore immediate immediately \
    immutable implementation implicit import include including increment indent index indexes \
    indicator inherit inherits initial inline inout input insensitive insert instance \
    instantiable instead int integer intersection interval invoker isolation json json_array \
    json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize \
    json_table json_value keep key keys label lag language large last lead leakproof least \
    length level listagg listen ln load local location locator lock locked log log10 logged \
    lower map mapping match matched matches materialized max maxvalue measures member merge \
    merge_action method min minute minvalue mod mode modifies module month more move multiset \
    mumps name names national nchar nclob nested nesting new next nfc nfd nfkc nfkd no none \
    normalize normalized nothing notify nowait ntile nullable nullif nulls number numeric object \
    objects occurrence octets of off oids old omit one open operator option options ordering \
    ordinality others out output over overflow overlay overriding owned owner pad parallel \
    parameter parser partial partition pascal pass passing password past path pattern per \
    percent period permute pipe plan plans pli policy portion position power precedes preceding \
    precision prepare prepared preserve prev prior private privileges procedural procedure \
    procedures program prune ptf public publication quote quotes range rank read reads real \
    reassign recursive ref referencing refresh reindex relative release rename repeatable \
    replace replica reset respect restart restrict result return returns revoke role rollback \
    rollup routine routines row rows rule running savepoint scalar scale schema schemas scope \
    scroll search second section security seek self semantics sensitive sequence sequences \
    serializable server session set setof sets share show simple sin sinh size skip smallint \
    snapshot source space specific specifictype sql sqlexception sqlstate sqlwarning sqrt stable \
    standalone start state statement static statistics stdin stdout storage stored strict string \
    strip structure style submultiset subscription subset substring succeeds sum support sysid \
    system system_time tables tablespace tan tanh target temp template temporary text through \
    ties time timestamp transaction transform transforms translate translation treat trigger \
    trim truncate trusted type types uescape unbounded uncommitted unconditional under \
    unencrypted unknown unlisten unlogged unmatched unnamed unnest until update upper usage \
    vacuum valid validate validator value values varbinary varchar varying version versioning \
    view views virtual volatile whenever whitespace within without work wrapper write xml \
    xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot \
    xmlserialize xmltable year yes zone";

/// How RDS takes a name, in whatever case it is written.
pub(crate) fn name(written: &str) -> Name {
    let name = written.to_ascii_lowercase();
    let among = |words: &str| words.split_whitespace().any(|word| word == name);
    let own = PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    if own || among(OWN) || among(REPORTED) || among(RESERVED) {
        Name::Reserved
    } else if among(OTHERS) {
        Name::Doubtful
    } else {
        Name::Free
    }
}

/// Whether a database user of that name is RDS's or PostgreSQL's own, so that nobody else can be
/// called that.
pub(crate) fn is_rdss_own(written: &str) -> bool {
    let name = written.to_ascii_lowercase();
    name.starts_with("pg_") || OWN.split_whitespace().any(|own| own == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wanted: Name, names: &str) {
        for written in names.split_whitespace() {
            assert_eq!(name(written), wanted, "{written}");
        }
    }

    #[test]
    fn key_words_and_names_of_rds_are_told_apart() {
        check(
            Name::Reserved,
            "admin Catalog COMMENTS db database flag dispatch identity grant user",
        );
        check(Name::Reserved, "all current_user authorization select end primary system_user");
        check(
            Name::Reserved,
            "rdsadmin rdstopmgr rds_superuser rds_iam pg_monitor PG_x template1 public none",
        );
        for own in ["rdsadmin", "RDSProxyAdmin", "pg_monitor", "public"] {
            assert!(is_rdss_own(own), "{own}");
        }
        for free in ["app", "postgres", "rds_app", "user"] {
            assert!(!is_rdss_own(free), "{free}");
        }
        check(Name::Doubtful, "data name location Role system session abs view");
        check(Name::Free, "postgres dbadmin orders app a x1 production pgadmin rdsx master root");
    }
}
