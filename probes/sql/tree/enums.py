"""The closed sets of PostgreSQL's grammar, with the spelling its parser uses as values."""

from enum import Enum


class GrammarEnum(Enum):
    """A closed set. Members are hashed by identity, in C: sets and dicts of them are asked at every statement."""

    __hash__ = object.__hash__


class AlterTableType(GrammarEnum):
    """What one subcommand of ALTER TABLE does."""

    ADD_COLUMN = "AT_AddColumn"
    ADD_COLUMN_TO_VIEW = "AT_AddColumnToView"
    COLUMN_DEFAULT = "AT_ColumnDefault"
    COOKED_COLUMN_DEFAULT = "AT_CookedColumnDefault"
    DROP_NOT_NULL = "AT_DropNotNull"
    SET_NOT_NULL = "AT_SetNotNull"
    SET_EXPRESSION = "AT_SetExpression"
    DROP_EXPRESSION = "AT_DropExpression"
    SET_STATISTICS = "AT_SetStatistics"
    SET_OPTIONS = "AT_SetOptions"
    RESET_OPTIONS = "AT_ResetOptions"
    SET_STORAGE = "AT_SetStorage"
    SET_COMPRESSION = "AT_SetCompression"
    DROP_COLUMN = "AT_DropColumn"
    ADD_INDEX = "AT_AddIndex"
    RE_ADD_INDEX = "AT_ReAddIndex"
    ADD_CONSTRAINT = "AT_AddConstraint"
    RE_ADD_CONSTRAINT = "AT_ReAddConstraint"
    RE_ADD_DOMAIN_CONSTRAINT = "AT_ReAddDomainConstraint"
    ALTER_CONSTRAINT = "AT_AlterConstraint"
    VALIDATE_CONSTRAINT = "AT_ValidateConstraint"
    ADD_INDEX_CONSTRAINT = "AT_AddIndexConstraint"
    DROP_CONSTRAINT = "AT_DropConstraint"
    RE_ADD_COMMENT = "AT_ReAddComment"
    ALTER_COLUMN_TYPE = "AT_AlterColumnType"
    ALTER_COLUMN_GENERIC_OPTIONS = "AT_AlterColumnGenericOptions"
    CHANGE_OWNER = "AT_ChangeOwner"
    CLUSTER_ON = "AT_ClusterOn"
    DROP_CLUSTER = "AT_DropCluster"
    SET_LOGGED = "AT_SetLogged"
    SET_UN_LOGGED = "AT_SetUnLogged"
    DROP_OIDS = "AT_DropOids"
    SET_ACCESS_METHOD = "AT_SetAccessMethod"
    SET_TABLE_SPACE = "AT_SetTableSpace"
    SET_REL_OPTIONS = "AT_SetRelOptions"
    RESET_REL_OPTIONS = "AT_ResetRelOptions"
    REPLACE_REL_OPTIONS = "AT_ReplaceRelOptions"
    ENABLE_TRIG = "AT_EnableTrig"
    ENABLE_ALWAYS_TRIG = "AT_EnableAlwaysTrig"
    ENABLE_REPLICA_TRIG = "AT_EnableReplicaTrig"
    DISABLE_TRIG = "AT_DisableTrig"
    ENABLE_TRIG_ALL = "AT_EnableTrigAll"
    DISABLE_TRIG_ALL = "AT_DisableTrigAll"
    ENABLE_TRIG_USER = "AT_EnableTrigUser"
    DISABLE_TRIG_USER = "AT_DisableTrigUser"
    ENABLE_RULE = "AT_EnableRule"
    ENABLE_ALWAYS_RULE = "AT_EnableAlwaysRule"
    ENABLE_REPLICA_RULE = "AT_EnableReplicaRule"
    DISABLE_RULE = "AT_DisableRule"
    ADD_INHERIT = "AT_AddInherit"
    DROP_INHERIT = "AT_DropInherit"
    ADD_OF = "AT_AddOf"
    DROP_OF = "AT_DropOf"
    REPLICA_IDENTITY = "AT_ReplicaIdentity"
    ENABLE_ROW_SECURITY = "AT_EnableRowSecurity"
    DISABLE_ROW_SECURITY = "AT_DisableRowSecurity"
    FORCE_ROW_SECURITY = "AT_ForceRowSecurity"
    NO_FORCE_ROW_SECURITY = "AT_NoForceRowSecurity"
    GENERIC_OPTIONS = "AT_GenericOptions"
    ATTACH_PARTITION = "AT_AttachPartition"
    DETACH_PARTITION = "AT_DetachPartition"
    DETACH_PARTITION_FINALIZE = "AT_DetachPartitionFinalize"
    ADD_IDENTITY = "AT_AddIdentity"
    SET_IDENTITY = "AT_SetIdentity"
    DROP_IDENTITY = "AT_DropIdentity"
    RE_ADD_STATISTICS = "AT_ReAddStatistics"


class ObjectType(GrammarEnum):
    """The kind of object that a statement names."""

    ACCESS_METHOD = "OBJECT_ACCESS_METHOD"
    AGGREGATE = "OBJECT_AGGREGATE"
    AMOP = "OBJECT_AMOP"
    AMPROC = "OBJECT_AMPROC"
    ATTRIBUTE = "OBJECT_ATTRIBUTE"
    CAST = "OBJECT_CAST"
    COLUMN = "OBJECT_COLUMN"
    COLLATION = "OBJECT_COLLATION"
    CONVERSION = "OBJECT_CONVERSION"
    DATABASE = "OBJECT_DATABASE"
    DEFAULT = "OBJECT_DEFAULT"
    DEFACL = "OBJECT_DEFACL"
    DOMAIN = "OBJECT_DOMAIN"
    DOMCONSTRAINT = "OBJECT_DOMCONSTRAINT"
    EVENT_TRIGGER = "OBJECT_EVENT_TRIGGER"
    EXTENSION = "OBJECT_EXTENSION"
    FDW = "OBJECT_FDW"
    FOREIGN_SERVER = "OBJECT_FOREIGN_SERVER"
    FOREIGN_TABLE = "OBJECT_FOREIGN_TABLE"
    FUNCTION = "OBJECT_FUNCTION"
    INDEX = "OBJECT_INDEX"
    LANGUAGE = "OBJECT_LANGUAGE"
    LARGEOBJECT = "OBJECT_LARGEOBJECT"
    MATVIEW = "OBJECT_MATVIEW"
    OPCLASS = "OBJECT_OPCLASS"
    OPERATOR = "OBJECT_OPERATOR"
    OPFAMILY = "OBJECT_OPFAMILY"
    PARAMETER_ACL = "OBJECT_PARAMETER_ACL"
    POLICY = "OBJECT_POLICY"
    PROCEDURE = "OBJECT_PROCEDURE"
    PUBLICATION = "OBJECT_PUBLICATION"
    PUBLICATION_NAMESPACE = "OBJECT_PUBLICATION_NAMESPACE"
    PUBLICATION_REL = "OBJECT_PUBLICATION_REL"
    ROLE = "OBJECT_ROLE"
    ROUTINE = "OBJECT_ROUTINE"
    RULE = "OBJECT_RULE"
    SCHEMA = "OBJECT_SCHEMA"
    SEQUENCE = "OBJECT_SEQUENCE"
    SUBSCRIPTION = "OBJECT_SUBSCRIPTION"
    STATISTIC_EXT = "OBJECT_STATISTIC_EXT"
    TABCONSTRAINT = "OBJECT_TABCONSTRAINT"
    TABLE = "OBJECT_TABLE"
    TABLESPACE = "OBJECT_TABLESPACE"
    TRANSFORM = "OBJECT_TRANSFORM"
    TRIGGER = "OBJECT_TRIGGER"
    TSCONFIGURATION = "OBJECT_TSCONFIGURATION"
    TSDICTIONARY = "OBJECT_TSDICTIONARY"
    TSPARSER = "OBJECT_TSPARSER"
    TSTEMPLATE = "OBJECT_TSTEMPLATE"
    TYPE = "OBJECT_TYPE"
    USER_MAPPING = "OBJECT_USER_MAPPING"
    VIEW = "OBJECT_VIEW"


class ConstraintType(GrammarEnum):
    """The kind of a column or table constraint."""

    NULL = "CONSTR_NULL"
    NOTNULL = "CONSTR_NOTNULL"
    DEFAULT = "CONSTR_DEFAULT"
    IDENTITY = "CONSTR_IDENTITY"
    GENERATED = "CONSTR_GENERATED"
    CHECK = "CONSTR_CHECK"
    PRIMARY = "CONSTR_PRIMARY"
    UNIQUE = "CONSTR_UNIQUE"
    EXCLUSION = "CONSTR_EXCLUSION"
    FOREIGN = "CONSTR_FOREIGN"
    ATTR_DEFERRABLE = "CONSTR_ATTR_DEFERRABLE"
    ATTR_NOT_DEFERRABLE = "CONSTR_ATTR_NOT_DEFERRABLE"
    ATTR_DEFERRED = "CONSTR_ATTR_DEFERRED"
    ATTR_IMMEDIATE = "CONSTR_ATTR_IMMEDIATE"
    ATTR_ENFORCED = "CONSTR_ATTR_ENFORCED"
    ATTR_NOT_ENFORCED = "CONSTR_ATTR_NOT_ENFORCED"


class DropBehavior(GrammarEnum):
    """RESTRICT or CASCADE."""

    RESTRICT = "DROP_RESTRICT"
    CASCADE = "DROP_CASCADE"


class TransactionKind(GrammarEnum):
    """Which transaction command it is."""

    BEGIN = "TRANS_STMT_BEGIN"
    START = "TRANS_STMT_START"
    COMMIT = "TRANS_STMT_COMMIT"
    ROLLBACK = "TRANS_STMT_ROLLBACK"
    SAVEPOINT = "TRANS_STMT_SAVEPOINT"
    RELEASE = "TRANS_STMT_RELEASE"
    ROLLBACK_TO = "TRANS_STMT_ROLLBACK_TO"
    PREPARE = "TRANS_STMT_PREPARE"
    COMMIT_PREPARED = "TRANS_STMT_COMMIT_PREPARED"
    ROLLBACK_PREPARED = "TRANS_STMT_ROLLBACK_PREPARED"


class VariableSetKind(GrammarEnum):
    """The form of SET or RESET."""

    SET_VALUE = "VAR_SET_VALUE"
    SET_DEFAULT = "VAR_SET_DEFAULT"
    SET_CURRENT = "VAR_SET_CURRENT"
    SET_MULTI = "VAR_SET_MULTI"
    RESET = "VAR_RESET"
    RESET_ALL = "VAR_RESET_ALL"


class DiscardTarget(GrammarEnum):
    """What DISCARD throws away."""

    ALL = "DISCARD_ALL"
    PLANS = "DISCARD_PLANS"
    SEQUENCES = "DISCARD_SEQUENCES"
    TEMP = "DISCARD_TEMP"


class ReindexKind(GrammarEnum):
    """What REINDEX rebuilds."""

    INDEX = "REINDEX_OBJECT_INDEX"
    TABLE = "REINDEX_OBJECT_TABLE"
    SCHEMA = "REINDEX_OBJECT_SCHEMA"
    SYSTEM = "REINDEX_OBJECT_SYSTEM"
    DATABASE = "REINDEX_OBJECT_DATABASE"


class ParameterMode(GrammarEnum):
    """The mode of a function parameter."""

    IN = "FUNC_PARAM_IN"
    OUT = "FUNC_PARAM_OUT"
    INOUT = "FUNC_PARAM_INOUT"
    VARIADIC = "FUNC_PARAM_VARIADIC"
    TABLE = "FUNC_PARAM_TABLE"
    DEFAULT = "FUNC_PARAM_DEFAULT"


class OnCommit(GrammarEnum):
    """What happens to a temporary table at commit."""

    NOOP = "ONCOMMIT_NOOP"
    PRESERVE_ROWS = "ONCOMMIT_PRESERVE_ROWS"
    DELETE_ROWS = "ONCOMMIT_DELETE_ROWS"
    DROP = "ONCOMMIT_DROP"


class GrantTarget(GrammarEnum):
    """What GRANT or REVOKE names."""

    OBJECT = "ACL_TARGET_OBJECT"
    ALL_IN_SCHEMA = "ACL_TARGET_ALL_IN_SCHEMA"
    DEFAULTS = "ACL_TARGET_DEFAULTS"


class PartitionStrategy(GrammarEnum):
    """How a table is partitioned."""

    LIST = "PARTITION_STRATEGY_LIST"
    RANGE = "PARTITION_STRATEGY_RANGE"
    HASH = "PARTITION_STRATEGY_HASH"


class BoundKind(GrammarEnum):
    """One end of a range partition."""

    MINVALUE = "PARTITION_RANGE_DATUM_MINVALUE"
    VALUE = "PARTITION_RANGE_DATUM_VALUE"
    MAXVALUE = "PARTITION_RANGE_DATUM_MAXVALUE"


class RoleKind(GrammarEnum):
    """How a role is named."""

    CSTRING = "ROLESPEC_CSTRING"
    CURRENT_ROLE = "ROLESPEC_CURRENT_ROLE"
    CURRENT_USER = "ROLESPEC_CURRENT_USER"
    SESSION_USER = "ROLESPEC_SESSION_USER"
    PUBLIC = "ROLESPEC_PUBLIC"


class CheckOption(GrammarEnum):
    """The check option of a view."""

    NO_CHECK_OPTION = "NO_CHECK_OPTION"
    LOCAL_CHECK_OPTION = "LOCAL_CHECK_OPTION"
    CASCADED_CHECK_OPTION = "CASCADED_CHECK_OPTION"


class SubscriptionAction(GrammarEnum):
    """What ALTER SUBSCRIPTION does."""

    OPTIONS = "ALTER_SUBSCRIPTION_OPTIONS"
    CONNECTION = "ALTER_SUBSCRIPTION_CONNECTION"
    SET_PUBLICATION = "ALTER_SUBSCRIPTION_SET_PUBLICATION"
    ADD_PUBLICATION = "ALTER_SUBSCRIPTION_ADD_PUBLICATION"
    DROP_PUBLICATION = "ALTER_SUBSCRIPTION_DROP_PUBLICATION"
    REFRESH = "ALTER_SUBSCRIPTION_REFRESH"
    ENABLED = "ALTER_SUBSCRIPTION_ENABLED"
    SKIP = "ALTER_SUBSCRIPTION_SKIP"


class PublicationAction(GrammarEnum):
    """What ALTER PUBLICATION does."""

    ADD_OBJECTS = "AP_AddObjects"
    DROP_OBJECTS = "AP_DropObjects"
    SET_OBJECTS = "AP_SetObjects"


class PublicationObjectType(GrammarEnum):
    """What a publication lists."""

    TABLE = "PUBLICATIONOBJ_TABLE"
    TABLES_IN_SCHEMA = "PUBLICATIONOBJ_TABLES_IN_SCHEMA"
    TABLES_IN_CUR_SCHEMA = "PUBLICATIONOBJ_TABLES_IN_CUR_SCHEMA"
    CONTINUATION = "PUBLICATIONOBJ_CONTINUATION"


class ImportKind(GrammarEnum):
    """Which foreign tables are imported."""

    ALL = "FDW_IMPORT_SCHEMA_ALL"
    LIMIT_TO = "FDW_IMPORT_SCHEMA_LIMIT_TO"
    EXCEPT = "FDW_IMPORT_SCHEMA_EXCEPT"


class SortDirection(GrammarEnum):
    """The direction of an index column."""

    DEFAULT = "SORTBY_DEFAULT"
    ASC = "SORTBY_ASC"
    DESC = "SORTBY_DESC"
    USING = "SORTBY_USING"


class NullsOrder(GrammarEnum):
    """Where an index column puts nulls."""

    DEFAULT = "SORTBY_NULLS_DEFAULT"
    FIRST = "SORTBY_NULLS_FIRST"
    LAST = "SORTBY_NULLS_LAST"


class DefElemAction(GrammarEnum):
    """What ALTER does with an option."""

    UNSPEC = "DEFELEM_UNSPEC"
    SET = "DEFELEM_SET"
    ADD = "DEFELEM_ADD"
    DROP = "DEFELEM_DROP"


class RuleEvent(GrammarEnum):
    """The command a rule fires on."""

    UNKNOWN = "CMD_UNKNOWN"
    SELECT = "CMD_SELECT"
    UPDATE = "CMD_UPDATE"
    INSERT = "CMD_INSERT"
    DELETE = "CMD_DELETE"
    MERGE = "CMD_MERGE"
    UTILITY = "CMD_UTILITY"
    NOTHING = "CMD_NOTHING"


class RoleStatementKind(GrammarEnum):
    """Which spelling made the role."""

    ROLE = "ROLESTMT_ROLE"
    USER = "ROLESTMT_USER"
    GROUP = "ROLESTMT_GROUP"


class OnConflictAction(GrammarEnum):
    """What INSERT does on a conflict."""

    NONE = "ONCONFLICT_NONE"
    NOTHING = "ONCONFLICT_NOTHING"
    UPDATE = "ONCONFLICT_UPDATE"
